/* SPDX-License-Identifier: MIT */
/* device.c - `qcuda device`: the daemon for a machine that the user starts himself. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

static struct process daemon_process;

static void pass_on(int number)
{
	kill(daemon_process.pid, number);
}

static const char options_format[] =
	"The GPU (%s) waits at %s.\n"
	"\n"
	"QEMU 5.0 or newer needs these options, the last two after any -m:\n"
	"\n"
	"  -m %lluM \\\n"
	"  -object memory-backend-memfd,id=mem,size=%lluM,share=on \\\n"
	"  -machine q35,memory-backend=mem \\\n"
	"  -chardev socket,id=qcuda,path=%s \\\n"
	"  -device vhost-user-fs-pci,chardev=qcuda,tag=qcuda,num-request-queues=%d,queue-size=256\n"
	"\n"
	"With libvirt (virsh edit):\n"
	"\n"
	"  <memoryBacking>\n"
	"    <source type='memfd'/>\n"
	"    <access mode='shared'/>\n"
	"  </memoryBacking>\n"
	"  <devices>\n"
	"    <filesystem type='mount'>\n"
	"      <driver type='virtiofs' queue='256'/>\n"
	"      <source socket='%s'/>\n"
	"      <target dir='qcuda'/>\n"
	"    </filesystem>\n"
	"  </devices>\n"
	"\n"
	"In the machine: insert qcuda.ko, and put libcuda.so.1 and libcudart.so.13 of\n"
	"%s on its library path.\n";

static char *default_socket(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	return format("%s/qcuda-%d.sock", runtime && *runtime ? runtime : "/tmp", (int)getpid());
}

int device(int argc, char **argv)
{
	struct device_options options;
	unsigned long long mib;
	char *driver, *library;
	int status = 0;

	options_device(&options, argc, argv);
	mib = options.memory >> 20;
	driver = gpu_driver(options.gpu);
	if (!driver)
		die("--gpu=none: there would be nothing to serve");
	if (!options.socket)
		options.socket = default_socket();
	daemon_start(&daemon_process, driver, options.socket, options.sessions, options.log,
		     false);
	library = place_library();
	printf(options_format, driver, options.socket, mib, mib, options.socket, options.sessions,
	       options.socket, library ? library : "qCUDA");
	fflush(stdout);
	signal(SIGINT, pass_on);
	signal(SIGTERM, pass_on);
	signal(SIGHUP, pass_on);
	while (waitpid(daemon_process.pid, &status, 0) < 0 && errno == EINTR)
		;
	daemon_process.pid = 0;
	unlink(options.socket);
	free(driver);
	free(library);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM ? 128 + WTERMSIG(status) :
									     EXIT_QCUDA;
}
