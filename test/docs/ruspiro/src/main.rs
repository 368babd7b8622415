#![no_std]
#![no_main]

#[macro_use]
extern crate ruspiro_boot;

come_alive_with!(alive);
run_with!(running);

fn put(text: &str) {
    for c in text.bytes() {
        unsafe { core::ptr::write_volatile(0x3f20_1000 as *mut u32, c as u32) };
    }
}

fn alive(core: u32) {
    put(["core 0 alive\n", "core 1 alive\n", "core 2 alive\n", "core 3 alive\n"][core as usize]);
}

fn running(_core: u32) -> ! {
    loop {}
}
