/* SPDX-License-Identifier: BSD-3-Clause */
#include "lastack.h"

const char *la_version(void)
{
	return LASTACK_VERSION;
}
