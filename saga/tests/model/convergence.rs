//! Nothing is forgotten: whatever happened, once faults stop an end can be reached. A search of our own, since it asks
//! for a path from every state, which properties of single states cannot say.

use std::collections::HashMap;

use stateright::Model;

use crate::protocol::Protocol;
use crate::system::System;

/// How many states there are; fails on one from which no end can be reached without a further fault.
pub fn states_that_all_converge(protocol: &Protocol) -> usize {
    let (states, predecessors) = explore(protocol);
    let mut converges = vec![false; states.len()];
    let mut front: Vec<usize> = (0..states.len())
        .filter(|index| states[*index].journal.place.has_ended())
        .collect();
    while let Some(index) = front.pop() {
        if !std::mem::replace(&mut converges[index], true) {
            front.extend(&predecessors[index]);
        }
    }
    if let Some(stuck) = converges.iter().position(|converges| !converges) {
        panic!("no end can be reached from {:#?}", states[stuck]);
    }
    states.len()
}

/// All states, and of each those that lead to it without a fault.
fn explore(protocol: &Protocol) -> (Vec<System>, Vec<Vec<usize>>) {
    let mut states = protocol.init_states();
    let mut numbers: HashMap<System, usize> = states.iter().cloned().zip(0..).collect();
    let mut predecessors = vec![Vec::new(); states.len()];
    let mut steps = Vec::new();
    let mut index = 0;
    while index < states.len() {
        let state = states[index].clone();
        protocol.actions(&state, &mut steps);
        for step in steps.drain(..) {
            let Some(next) = protocol.next_state(&state, step) else {
                continue;
            };
            let number = *numbers.entry(next).or_insert_with_key(|next| {
                states.push(next.clone());
                predecessors.push(Vec::new());
                states.len() - 1
            });
            if !state.is_fault(&step) {
                predecessors[number].push(index);
            }
        }
        index += 1;
    }
    (states, predecessors)
}
