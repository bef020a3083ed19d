mod keeper;
mod rotation;
mod simulation;
mod stored;
