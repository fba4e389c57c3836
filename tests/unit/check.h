/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check.h: cmocka with the headers that it wants before it. Every unit test begins with it.
 */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
