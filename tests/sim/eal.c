/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "eal.h"

/* The lcore argument by which the main lcore may run wherever this process may. */
static void print_lcores(char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "--lcores=0@(");
	cpu_set_t allowed;
	unsigned int cpu;

	CPU_ZERO(&allowed);
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		CPU_SET(0, &allowed);
	for (cpu = 0; cpu < CPU_SETSIZE && used + 16 < size; cpu++) {
		if (CPU_ISSET(cpu, &allowed))
			used += (size_t)snprintf(buf + used, size - used, "%u,", cpu);
	}
	assert(buf[used - 1] == ',');
	buf[used - 1] = ')';
}

int eal_start(const char *name, unsigned int megabytes)
{
	char lcores[4096], memory[16], prefix[64];
	const char *const words[] = { name,
				      lcores,
				      "--no-huge",
				      "-m",
				      memory,
				      "--no-pci",
				      "--no-shconf",
				      "--iova-mode=va",
				      "--no-telemetry",
				      "--log-level=error",
				      prefix };
	char *argv[sizeof(words) / sizeof(words[0]) + 1];
	unsigned int i, argc = sizeof(words) / sizeof(words[0]);

	print_lcores(lcores, sizeof(lcores));
	snprintf(memory, sizeof(memory), "%u", megabytes);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s-%d", name, (int)getpid());
	/* EAL promises not to write to its arguments. */
	for (i = 0; i < argc; i++)
		argv[i] = (char *)(uintptr_t)words[i];
	argv[argc] = NULL;
	if (rte_eal_init((int)argc, argv) < 0) {
		fprintf(stderr, "%s: EAL does not start: %s\n", name, rte_strerror(rte_errno));
		return -1;
	}
	return 0;
}

void eal_stop(void)
{
	char directory[256];

	snprintf(directory, sizeof(directory), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	/* EAL empties its directory and leaves it. */
	rmdir(directory);
}
