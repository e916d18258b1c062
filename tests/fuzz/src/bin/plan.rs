//! libFuzzer on [`dms_network_fuzz::plan`].
#![no_main]

use libfuzzer_sys::Corpus;

// What cannot be read is left to the other targets.
libfuzzer_sys::fuzz_target!(|data: &[u8]| -> Corpus {
    if dms_network_fuzz::plan(data) {
        Corpus::Keep
    } else {
        Corpus::Reject
    }
});

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    dms_network_fuzz::mutate_in_place(data, size, max_size, seed, libfuzzer_sys::fuzzer_mutate)
});
