/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcap.h: writes frames to a classic pcap file that tcpdump and Wireshark read.
 */
#ifndef SIM_PCAP_H
#define SIM_PCAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pcap {
	FILE *file; /**< NULL: nothing is written */
};

/** Creates the file. 0 or -errno. */
int pcap_open(struct pcap *pcap, const char *path);
void pcap_write(struct pcap *pcap, uint64_t time_us, const void *bytes, size_t size);
/** A frame of wire_size bytes of which only the first so many are kept. */
void pcap_write_cut(struct pcap *pcap, uint64_t time_us, const void *bytes, size_t kept,
		    size_t wire_size);
/** Finishes the file. 0 or -errno if something could not be written. */
int pcap_close(struct pcap *pcap);

#endif
