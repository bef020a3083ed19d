"""Pods created right after their ServiceAccounts, while the webhook dies, returns and changes its
certificate: in a namespace that requires identity no pod goes without, elsewhere none waits long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from harness.pods import plain_pod, service_account, variables_of
from harness.session import Session
from harness.webhook import REQUIRE_IDENTITY, TIMEOUT_SECONDS
from support.names import fresh

PODS = 500
THREADS = 8
ROUNDS = 3
# What the API server itself may take on a machine that does much else.
SLACK_SECONDS = 1.5


class Crowd:
    """Creates pods, each right after its ServiceAccount, until there are enough and `done` is set."""

    def __init__(self, cluster, strict, other, done):
        self.cluster, self.places, self.done = cluster, (strict, other), done
        self.lock = threading.Lock()
        self.started = 0
        self.waits = []
        self.refusals = 0
        self.without = {strict: [], other: []}
        self.admitted = {strict: 0, other: 0}

    def run(self):
        """One thread's part."""
        control_plane = self.cluster.control_plane
        session = Session(control_plane.tokens["admin"], control_plane.authority.file)
        try:
            while (number := self._next()) is not None:
                self._one(session, self.places[number % 2], f"app-{number}")
        finally:
            session.close()

    def _next(self):
        with self.lock:
            if self.started >= PODS and self.done.is_set():
                return None
            self.started += 1
            return self.started

    def _one(self, session, place, name):
        role = f"arn:aws:iam::111122223333:role/{name}"
        api = f"/api/v1/namespaces/{place}"
        status, answer = session.create(f"{api}/serviceaccounts", service_account(place, name, role))
        assert status == 201, answer
        pod = plain_pod(place, name, name)
        # Nobody places it on a node: it is the admission that counts.
        pod["spec"]["schedulerName"] = "nobody"
        while True:
            began = time.monotonic()
            status, answer = session.create(f"{api}/pods", pod)
            waited = time.monotonic() - began
            with self.lock:
                self.waits.append(waited)
                self.refusals += status != 201
            if status == 201:
                break
            # As a ReplicaSet does: it is tried again until it succeeds.
            assert place == self.places[0], f"refused where nothing is refused: {answer}"
            assert "failed calling webhook" in answer["message"], answer
            time.sleep(0.1)
        given = dict(variables_of(answer["spec"]["containers"][0])).get("AWS_ROLE_ARN")
        with self.lock:
            self.admitted[place] += 1
            if given != role:
                self.without[place].append(name)


def disturb(webhook):
    """Kills and restarts the webhook, and gives it another CA, again and again."""
    for _ in range(ROUNDS):
        webhook.process.kill()
        time.sleep(0.5)
        webhook.process.start()
        webhook.rotate_authority()


def test_no_pod_goes_without_while_the_webhook_restarts_and_its_certificate_changes(cluster, webhooks):
    webhook = webhooks()
    strict = webhook.namespace(fresh("strict"), **{REQUIRE_IDENTITY: "true"})
    other = webhook.namespace(fresh("other"))
    done = threading.Event()
    crowd = Crowd(cluster, strict, other, done)
    with ThreadPoolExecutor(THREADS) as threads:
        workers = [threads.submit(crowd.run) for _ in range(THREADS)]
        try:
            disturb(webhook)
        finally:
            done.set()
        for worker in workers:
            worker.result()
    print(
        f"{crowd.admitted[strict]} + {crowd.admitted[other]} pods, {crowd.refusals} refusals, "
        f"longest wait {max(crowd.waits):.2f} s, {len(crowd.without[other])} without where that may be")
    assert sum(crowd.admitted.values()) >= PODS
    assert crowd.without[strict] == []
    assert max(crowd.waits) < TIMEOUT_SECONDS + SLACK_SECONDS


def test_no_pod_goes_without_while_the_webhook_runs(cluster, webhooks):
    webhook = webhooks()
    place, other = webhook.namespace(fresh("place")), webhook.namespace(fresh("place"))
    done = threading.Event()
    done.set()
    crowd = Crowd(cluster, place, other, done)
    with ThreadPoolExecutor(THREADS) as threads:
        for worker in [threads.submit(crowd.run) for _ in range(THREADS)]:
            worker.result()
    assert crowd.without == {place: [], other: []}
    assert crowd.refusals == 0
