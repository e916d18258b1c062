//! libFuzzer on [`dms_network_fuzz::declaration`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    dms_network_fuzz::declaration(data);
});

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    dms_network_fuzz::mutate_in_place(data, size, max_size, seed, libfuzzer_sys::fuzzer_mutate)
});
