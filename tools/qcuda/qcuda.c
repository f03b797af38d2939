/* SPDX-License-Identifier: MIT */
/* qcuda.c - the user's command: main() and its sub-commands. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

/* What we open must not become the stdin, stdout or stderr that our caller has closed. */
static void fill_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "--help";

	fill_streams();
	if (!strcmp(command, "run"))
		return run(argc - 1, argv + 1);
	if (!strcmp(command, "device"))
		return device(argc - 1, argv + 1);
	if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help")) {
		fputs(options_help, stdout);
		return argc > 1 ? EXIT_SUCCESS : EXIT_QCUDA;
	}
	die("there is no command '%s': try run, device or --help", command);
}
