/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <strings.h>

#include "topology.h"

const struct topology *const *topologies_all(void)
{
	static const struct topology *const all[] = {
		&topology_self,      &topology_pair, &topology_null,
		&topology_stateless, &topology_port, NULL,
	};

	return all;
}

const struct topology *topologies_find(const char *name)
{
	for (const struct topology *const *topology = topologies_all(); *topology != NULL;
	     topology++) {
		if (strcasecmp((*topology)->name, name) == 0)
			return *topology;
	}
	return NULL;
}
