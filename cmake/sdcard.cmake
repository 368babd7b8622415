# SPDX-License-Identifier: MIT
# Fills a folder with what goes on a card: the kernel, config.txt, and a list of the firmware's files.
# cmake -DIMAGE= -DFOLDER= -P sdcard.cmake

file(COPY "${IMAGE}" DESTINATION "${FOLDER}")

file(WRITE "${FOLDER}/config.txt" "\
# Read by the firmware of the Raspberry Pi before it starts kernel8.img.
arm_64bit=1
# The serial line on GPIO 14 and 15, with a clock that does not change.
enable_uart=1
# Newer firmware loads elsewhere by default. PiBoot moves itself if it must; this spares it that.
kernel_address=0x80000
")

file(WRITE "${FOLDER}/FIRMWARE.txt" "\
Format the card with one FAT32 partition and copy to it, beside what lies in this folder, from the
folder boot/ of the repository raspberrypi/firmware:

  Pi 3 B, 3 B+, 3 A+, CM3, Zero 2 W, Pi 2 v1.2:  bootcode.bin  start.elf  fixup.dat
  Pi 4 B, 400, CM4:                              start4.elf  fixup4.dat

For a device tree in piboot_dtb(), also the .dtb file of your model:

  Pi 3 B    bcm2710-rpi-3-b.dtb         Pi 3 B+  bcm2710-rpi-3-b-plus.dtb
  Zero 2 W  bcm2710-rpi-zero-2-w.dtb    CM3      bcm2710-rpi-cm3.dtb
  Pi 4 B    bcm2711-rpi-4-b.dtb         400      bcm2711-rpi-400.dtb
  CM4       bcm2711-rpi-cm4.dtb

The serial line is 115200 baud, 8N1, 3.3 volts: pin 8 is TX, pin 10 RX, pin 6 ground.
")

execute_process(COMMAND "${CMAKE_COMMAND}" -E echo
    "${FOLDER}: copy its files to the card; FIRMWARE.txt says which of the firmware's are needed too")
