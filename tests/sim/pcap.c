/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>

#include "pcap.h"

/* The file is in the byte order of the machine that wrote it; the magic number tells which. */
struct pcap_file_header {
	uint32_t magic;
	uint16_t version_major, version_minor;
	uint32_t zone, accuracy;
	uint32_t snap_bytes;
	uint32_t link_type;
};

struct pcap_record_header {
	uint32_t seconds, microseconds;
	uint32_t kept_bytes, wire_bytes;
};

int pcap_open(struct pcap *pcap, const char *path)
{
	struct pcap_file_header header = {
		.magic = 0xa1b2c3d4,
		.version_major = 2,
		.version_minor = 4,
		.snap_bytes = 65535,
		.link_type = 1,
	};

	assert(path != NULL);
	pcap->file = fopen(path, "wb");
	if (pcap->file == NULL)
		return -errno;
	fwrite(&header, sizeof(header), 1, pcap->file);
	return 0;
}

void pcap_write(struct pcap *pcap, uint64_t time_us, const void *bytes, size_t size)
{
	pcap_write_cut(pcap, time_us, bytes, size, size);
}

void pcap_write_cut(struct pcap *pcap, uint64_t time_us, const void *bytes, size_t kept,
		    size_t wire_size)
{
	struct pcap_record_header header = {
		.seconds = (uint32_t)(time_us / 1000000),
		.microseconds = (uint32_t)(time_us % 1000000),
		.kept_bytes = (uint32_t)kept,
		.wire_bytes = (uint32_t)wire_size,
	};

	if (pcap->file == NULL)
		return;
	fwrite(&header, sizeof(header), 1, pcap->file);
	fwrite(bytes, 1, kept, pcap->file);
}

int pcap_close(struct pcap *pcap)
{
	int failed;

	if (pcap->file == NULL)
		return 0;
	failed = ferror(pcap->file);
	if (fclose(pcap->file) != 0)
		failed = 1;
	pcap->file = NULL;
	return failed ? -EIO : 0;
}
