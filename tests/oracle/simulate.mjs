// One simulation per line in, one verdict per line out: Allowed, ExplicitlyDenied, ImplicitlyDenied.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

async function verdict(simulation) {
  try {
    const result = await runSimulation(simulation, {})
    return result.resultType === 'error' ? `Error ${JSON.stringify(result.errors)}` : result.overallResult
  } catch (error) {
    return `Error ${error}`.replaceAll('\n', ' ')
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await verdict(JSON.parse(line))}\n`)
}
