// SPDX-License-Identifier: MIT
#ifndef MEMORY_H
#define MEMORY_H

#define HIGH 0xffff000000000000UL
#define P2V(address) ((void *)((unsigned long)(address) + HIGH))
#define V2P(pointer) ((unsigned long)(pointer)-HIGH)

#endif
