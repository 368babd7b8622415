// SPDX-License-Identifier: MIT
#ifndef SERIAL_H
#define SERIAL_H

class Serial {
public:
    void write(char c) { *data_ = (unsigned char)c; }
    void write(const char *text) {
        while (*text != '\0') {
            write(*text++);
        }
    }

private:
    volatile unsigned *data_ = (volatile unsigned *)0x3f201000ul;
};

#endif
