/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay.c: runs a fuzz target over the files and directories it is given, without libFuzzer: every
 * build, with whatever compiler, knows the inputs that once were errors.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1U << 20) /**< bytes */
#define PATH_BYTES 4096U

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* A target without anything to prepare has none of its own. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *input = malloc(INPUT_MAX);
	uint8_t *exact;
	size_t size;

	if (file == NULL || input == NULL) {
		fprintf(stderr, "replay: %s cannot be read\n", path);
		exit(1);
	}
	size = fread(input, 1, INPUT_MAX, file);
	fclose(file);
	/* A block of exactly its size, as libFuzzer gives. */
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		exit(1);
	memcpy(exact, input, size);
	free(input);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static unsigned int replay(const char *path)
{
	struct stat status;
	struct dirent *entry;
	unsigned int count = 0;
	DIR *directory;

	if (stat(path, &status) != 0) {
		fprintf(stderr, "replay: there is no %s\n", path);
		exit(1);
	}
	if (!S_ISDIR(status.st_mode)) {
		/* Said before, so that it is known which one it was. */
		printf("%s\n", path);
		fflush(stdout);
		replay_file(path);
		return 1;
	}
	directory = opendir(path);
	if (directory == NULL)
		exit(1);
	while ((entry = readdir(directory)) != NULL) {
		char name[PATH_BYTES];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count += replay(name);
	}
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	unsigned int count = 0;
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%u inputs\n", count);
	/* Nothing replayed is nothing tested. */
	return count > 0 ? 0 : 1;
}
