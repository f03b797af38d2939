/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-device/daemon/options.h"
#include "wire/protocol.h"

#define DEFAULT_SESSIONS 64
#define DEFAULT_IMAGES	512

static const char usage[] =
	"usage: qcu-device (--vhost-user=PATH | --socket=PATH) [OPTION...]\n"
	"\n"
	"Give a virtual machine (or processes on this machine) the use of this machine's GPU.\n"
	"Prints `ready' when it listens; SIGTERM ends it.\n"
	"\n"
	"  --vhost-user=PATH  listen there for QEMU (vhost-user-fs-pci, tag=qcuda)\n"
	"  --socket=PATH      listen there for processes that use CUDA without a VM\n"
	"  --driver=PATH      the libcuda.so.1 that does the work (default: the system's)\n"
	"  --sessions=N       processes that may use it at once, 1 to 255 (default 64)\n"
	"  --worker=PATH      the qcu-worker program (default: beside this one)\n"
	"  --spare=0|1|2      keep one worker ready for the next process: 1 with the driver\n"
	"                     loaded, 2 with a context on the first device, too, which takes\n"
	"                     some hundred MiB of its memory (default 2)\n"
	"  --cage=0|1         take from workers what reaches beyond them (default 1; 0 to debug)\n"
	"  --poll-us=N        how long a worker looks for the next call before it sleeps, in\n"
	"                     microseconds (default 50; 10 on one or two CPUs),\n"
	"                     and up to 16 times that where calls then come\n"
	"  --crowd=0|1        notice when there are fewer CPUs than threads that want one, and\n"
	"                     sleep while waiting for the GPU until there are not (default 1)\n"
	"  --images=MIB       keep so much of large module images for the next process that loads\n"
	"                     them (default 512; 0: none)\n"
	"  --protocol-minor=N speak an older minor version of the protocol, to try guests with\n"
	"  --once             exit when QEMU disconnects\n"
	"  --log=LEVEL        error, warn, info or debug (default warn; QCUDA_DEBUG=device\n"
	"                     in the environment means debug)\n"
	"  --help, --version\n";

enum option_id {
	OPTION_VHOST_USER = 1,
	OPTION_SOCKET,
	OPTION_DRIVER,
	OPTION_SESSIONS,
	OPTION_WORKER,
	OPTION_SPARE,
	OPTION_CAGE,
	OPTION_POLL_US,
	OPTION_CROWD,
	OPTION_IMAGES,
	OPTION_PROTOCOL_MINOR,
	OPTION_ONCE,
	OPTION_LOG,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "vhost-user", required_argument, NULL, OPTION_VHOST_USER },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "driver", required_argument, NULL, OPTION_DRIVER },
	{ "sessions", required_argument, NULL, OPTION_SESSIONS },
	{ "worker", required_argument, NULL, OPTION_WORKER },
	{ "spare", required_argument, NULL, OPTION_SPARE },
	{ "cage", required_argument, NULL, OPTION_CAGE },
	{ "poll-us", required_argument, NULL, OPTION_POLL_US },
	{ "crowd", required_argument, NULL, OPTION_CROWD },
	{ "images", required_argument, NULL, OPTION_IMAGES },
	{ "protocol-minor", required_argument, NULL, OPTION_PROTOCOL_MINOR },
	{ "once", no_argument, NULL, OPTION_ONCE },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static unsigned number(const char *name, const char *text, unsigned low, unsigned high)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < low || value > high)
		die("--%s=%s: give a number from %u to %u", name, text, low, high);
	return value;
}

/* The worker beside this program, wherever that is installed. */
static const char *default_worker(void)
{
	static char path[PATH_MAX + sizeof("qcu-worker")];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	if (n < 0)
		die("/proc/self/exe: %m; give --worker=PATH");
	path[n] = 0;
	strcpy(strrchr(path, '/') + 1, "qcu-worker");
	return path;
}

static _Noreturn void print(const char *text)
{
	fputs(text, stdout);
	exit(fflush(stdout) ? 1 : 0);
}

static _Noreturn void print_version(void)
{
	printf("qcu-device, protocol %d.%d\n", QCUDA_VERSION_MAJOR, QCUDA_VERSION_MINOR);
	exit(fflush(stdout) ? 1 : 0);
}

static void options_set(struct options *options, int id)
{
	switch (id) {
	case OPTION_VHOST_USER:
		options->vhost_user = optarg;
		break;
	case OPTION_SOCKET:
		options->socket = optarg;
		break;
	case OPTION_DRIVER:
		options->driver = optarg;
		break;
	case OPTION_SESSIONS:
		options->sessions = number("sessions", optarg, 1, QCUDA_MAX_SESSIONS);
		break;
	case OPTION_WORKER:
		options->worker = optarg;
		break;
	case OPTION_SPARE:
		options->spare = number("spare", optarg, SPARE_NONE, SPARE_CONTEXT);
		break;
	case OPTION_CAGE:
		options->cage = number("cage", optarg, 0, 1);
		break;
	case OPTION_POLL_US:
		options->poll_us = number("poll-us", optarg, 0, 1000000);
		break;
	case OPTION_CROWD:
		options->crowd = number("crowd", optarg, 0, 1);
		break;
	case OPTION_IMAGES:
		options->images = number("images", optarg, 0, 1 << 20);
		break;
	case OPTION_PROTOCOL_MINOR:
		options->protocol_minor = number("protocol-minor", optarg, 0, QCUDA_VERSION_MINOR);
		break;
	case OPTION_ONCE:
		options->once = true;
		break;
	case OPTION_LOG:
		if (!log_level_parse(optarg, &options->log))
			die("--log=%s: give error, warn, info or debug", optarg);
		break;
	case OPTION_HELP:
		print(usage);
	case OPTION_VERSION:
		print_version();
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	int id;

	*options = (struct options){
		.driver = "libcuda.so.1",
		.sessions = DEFAULT_SESSIONS,
		.poll_us = -1,
		.spare = SPARE_CONTEXT,
		.images = DEFAULT_IMAGES,
		.protocol_minor = QCUDA_VERSION_MINOR,
		.cage = true,
		.crowd = true,
		.log = LOG_LEVEL_WARN,
	};
	opterr = 0; /* one line, and ours */
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (id == '?')
			die("%s: no such option, or its value is missing; see qcu-device --help",
			    argv[optind - 1]);
		options_set(options, id);
	}
	if (optind < argc)
		die("%s: not an option; see qcu-device --help", argv[optind]);
	if (!options->vhost_user && !options->socket)
		die("give --vhost-user=PATH, for QEMU, or --socket=PATH, or both");
	if (!options->worker)
		options->worker = default_worker();
	if (access(options->worker, X_OK))
		die("%s: %m; give --worker=PATH/qcu-worker", options->worker);
	/* A path is checked now; a bare name is looked up by the worker's dlopen(). */
	if (strchr(options->driver, '/') && access(options->driver, R_OK))
		die("%s: %m; give --driver=PATH/libcuda.so.1", options->driver);
}
