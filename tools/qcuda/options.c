/* SPDX-License-Identifier: MIT */
/* options.c - the command line, and what --help prints about it. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { CPUS_DEFAULT_MAX = 4, CPUS_MAX = 255, SESSIONS_DEFAULT = 64, SESSIONS_MAX = 255 };
static const uint64_t memory_default = 2ull << 30, memory_min = 256ull << 20;

const char options_help[] =
	"usage: qcuda run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
	"       qcuda device [OPTION...]\n"
	"\n"
	"  run     run a CUDA program in a throw-away virtual machine that uses the host's GPU\n"
	"  device  serve the GPU to a virtual machine that you start yourself\n"
	"\n"
	"`qcuda run --help` and `qcuda device --help` list the options; `man qcuda` tells it all.\n";

const char options_help_run[] =
	"usage: qcuda run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
	"\n"
	"Run PROGRAM in a throw-away virtual machine.  Its input, output, exit status and\n"
	"signals are PROGRAM's.  It sees the host's files; what it writes in the current\n"
	"directory stays, what it writes elsewhere is gone when it ends.\n"
	"\n"
	"  -g, --gpu=auto      the NVIDIA GPU if there is one, else the software GPU (default)\n"
	"      --gpu=soft      the software GPU: PTX on the CPU\n"
	"      --gpu=nvidia    the NVIDIA driver's libcuda.so.1\n"
	"      --gpu=PATH      this libcuda.so.1\n"
	"      --gpu=none      no GPU\n"
	"  -c, --cpus=N        processors of the machine (default: the host's, 4 at most)\n"
	"  -m, --memory=SIZE   its memory, as 512M or 8G (default 2G)\n"
	"  -k, --kernel=FILE   its kernel, a vmlinuz (default: the one in the guest directory)\n"
	"  -a, --accel=HOW     kvm, tcg, or auto: KVM if it works (default)\n"
	"  -w, --writable=DIR  keep what is written in DIR, too; may be repeated\n"
	"  -d, --discard       keep nothing, not even what is written in the current directory\n"
	"  -t, --times         say at the end where the time went\n"
	"      --check-dmesg   fail with status 125 if the guest's kernel reports a fault\n"
	"  -v, --verbose       show the guest's kernel messages\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: PROGRAM's; 128+N as seen by a shell if signal N killed it; 125 if qcuda\n"
	"itself failed; 126 if PROGRAM cannot be executed; 127 if it is not found.\n";

const char options_help_device[] =
	"usage: qcuda device [OPTION...]\n"
	"\n"
	"Serve a GPU to one virtual machine that you start yourself, and print the options\n"
	"its QEMU needs.  Serves the machine again when it is started again; Ctrl-C ends it.\n"
	"\n"
	"  -g, --gpu=auto|soft|nvidia|PATH  as for `qcuda run`\n"
	"  -s, --socket=PATH   where QEMU connects (default: one in $XDG_RUNTIME_DIR or /tmp)\n"
	"  -n, --sessions=N    CUDA programs at one time (default 64)\n"
	"  -m, --memory=SIZE   the machine's memory, for the options printed (default 2G)\n"
	"  -l, --log=LEVEL     how much the daemon says: error, warn, info or debug (default warn)\n"
	"  -h, --help          this text\n";

static int parse_count(const char *option, const char *text, long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 1 || value > max)
		die("%s=%s: expected a number from 1 to %ld", option, text, max);
	return (int)value;
}

/* "512M", "8G"; a bare number is MiB, as it is for QEMU */
static uint64_t parse_size(const char *option, const char *text)
{
	static const char units[] = "KMGT";
	unsigned int shift = 20;
	uint64_t value, bytes;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-')
		goto bad;
	if (*end) {
		const char *unit = strchr(units, *end & ~0x20);

		if (!unit || end[1])
			goto bad;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (__builtin_mul_overflow(value, 1ull << shift, &bytes) || bytes < memory_min ||
	    bytes > 1ull << 46)
		goto bad;
	return bytes & ~((1ull << 20) - 1);
bad:
	die("%s=%s: expected a size of 256M or more, as 512M or 8G", option, text);
}

static enum accel parse_accel(const char *text)
{
	if (!strcmp(text, "auto"))
		return ACCEL_AUTO;
	if (!strcmp(text, "kvm"))
		return ACCEL_KVM;
	if (!strcmp(text, "tcg"))
		return ACCEL_TCG;
	die("--accel=%s: expected kvm, tcg or auto", text);
}

static int default_cpus(void)
{
	cpu_set_t set;
	int cpus = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return cpus < CPUS_DEFAULT_MAX ? cpus : CPUS_DEFAULT_MAX;
}

static _Noreturn void bad_option(const char *command, char **argv, int option)
{
	const char *text = argv[optind - 1];

	if (optopt && option == ':')
		die("%s needs a value: see `qcuda %s --help`", text, command);
	die("unknown option %s: see `qcuda %s --help`", text, command);
}

void options_run(struct run_options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "gpu", required_argument, NULL, 'g' },
		{ "cpus", required_argument, NULL, 'c' },
		{ "memory", required_argument, NULL, 'm' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "accel", required_argument, NULL, 'a' },
		{ "writable", required_argument, NULL, 'w' },
		{ "discard", no_argument, NULL, 'd' },
		{ "times", no_argument, NULL, 't' },
		{ "check-dmesg", no_argument, NULL, 'D' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*options = (struct run_options){
		.gpu = "auto", .cpus = default_cpus(), .memory = memory_default,
	};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:g:c:m:k:a:w:dtvh", longs, NULL)) != -1) {
		switch (c) {
		case 'g':
			options->gpu = optarg;
			break;
		case 'c':
			options->cpus = parse_count("--cpus", optarg, CPUS_MAX);
			break;
		case 'm':
			options->memory = parse_size("--memory", optarg);
			break;
		case 'k':
			options->kernel = optarg;
			break;
		case 'a':
			options->accel = parse_accel(optarg);
			break;
		case 'w':
			options->writable = grow(options->writable, options->nwritable + 1,
						 sizeof(*options->writable));
			options->writable[options->nwritable++] = optarg;
			break;
		case 'd':
			options->discard = true;
			break;
		case 't':
			options->times = true;
			break;
		case 'D':
			options->check_dmesg = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'h':
			fputs(options_help_run, stdout);
			exit(EXIT_SUCCESS);
		default:
			bad_option("run", argv, c);
		}
	}
	if (optind >= argc)
		die("no program given: qcuda run [OPTION...] -- PROGRAM [ARGUMENT...]");
	options->argv = argv + optind;
}

void options_device(struct device_options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "gpu", required_argument, NULL, 'g' },
		{ "socket", required_argument, NULL, 's' },
		{ "sessions", required_argument, NULL, 'n' },
		{ "memory", required_argument, NULL, 'm' },
		{ "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*options = (struct device_options){
		.gpu = "auto", .log = "warn", .sessions = SESSIONS_DEFAULT, .memory = memory_default,
	};
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:g:s:n:m:l:h", longs, NULL)) != -1) {
		switch (c) {
		case 'g':
			options->gpu = optarg;
			break;
		case 's':
			options->socket = optarg;
			break;
		case 'n':
			options->sessions = parse_count("--sessions", optarg, SESSIONS_MAX);
			break;
		case 'm':
			options->memory = parse_size("--memory", optarg);
			break;
		case 'l':
			options->log = optarg;
			break;
		case 'h':
			fputs(options_help_device, stdout);
			exit(EXIT_SUCCESS);
		default:
			bad_option("device", argv, c);
		}
	}
	if (optind < argc)
		die("qcuda device takes no argument '%s': see `qcuda device --help`", argv[optind]);
}
