/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <inttypes.h>
#include <stdio.h>

void memory_read(struct memory_use *out)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t kib;

	*out = (struct memory_use){ 0 };
	if (status == NULL)
		return;
	while (fgets(line, sizeof(line), status) != NULL) {
		if (sscanf(line, "VmRSS: %" SCNu64, &kib) == 1)
			out->resident = kib << 10;
		else if (sscanf(line, "HugetlbPages: %" SCNu64, &kib) == 1)
			out->hugepages = kib << 10;
	}
	fclose(status);
}
