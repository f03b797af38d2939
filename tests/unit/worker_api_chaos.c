/* SPDX-License-Identifier: MIT */
/*
 * worker_api_chaos.c - a guest that sends whatever the rows let through
 *
 * Threads send calls with made-up arguments, of the whole table, to a worker whose driver is
 * softgpu.  Any answer will do, the end of the session too; a crash or a hang will not, nor what a
 * sanitizer sees.  A process a seed, for a worker ends with its session.
 *
 *	worker_api_chaos [FIRST LAST]	these seeds; CHAOS_SHOW=1: which calls succeeded how often
 */
/* links: qcu-device/worker_calls.c qcu-device/worker/region.c qcu-device/common/guest_memory.c tests/unit/double/made_up.c */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qcu-device/common/message.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/control.h"
#include "qcu-device/worker/crowd.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/region.h"
#include "tests/unit/check.h"
#include "tests/unit/double/made_up.h"
#include "wire/channel.h"
#include "wire/codec.h"

enum { SEEDS = 6, SECONDS = 100, THREADS = 3, COMMANDS = 20000, DAEMON_ITEMS = 32 };
enum { REGION_BYTES = 1 << 20, REPLY_BYTES = 64 << 10 };

#define NOTE_NS 1000000ll
#define OVER 3 /* exit status: the session has ended */

/* struct guest - a thread: the calls that it makes, and where they go */
struct guest {
	struct made_up made;
	struct dispatch *dispatch;
	_Alignas(16) uint8_t command[2 * MADE_UP_ARENA];
	_Alignas(16) uint8_t reply[REPLY_BYTES];
};

static _Atomic unsigned succeeded[CALL_ID_END], answered;

#ifdef __SANITIZE_THREAD__
/* Bytes of regions are the guest's, who may copy to one place twice; softgpu has tests of its own.
 */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "race:libcuda.so.1\nrace:^copy$\nrace:staged_\nrace:host_write\nrace:host_read\n";
}
#endif

void control_end(const char *why)
{
	_exit(OVER);
}

/* Write the command; 0: it or its reply would be too long */
static size_t write_command(struct guest *guest, enum call_id id)
{
	struct wire_command header = {
		.call = id, .flags = WIRE_WANT_REPLY, .context = guest->made.context};
	struct request request;
	uint8_t *at = guest->command + sizeof(header);

	CHECK(request_encode(&request, call_find(id), guest->made.argv));
	header.bytes = sizeof(header) + request.bytes;
	if (header.bytes > sizeof(guest->command) ||
	    request.reply_bytes > REPLY_BYTES - sizeof(struct wire_reply))
		return 0;
	memcpy(guest->command, &header, sizeof(header));
	for (int i = 0; i < request.n_iov; i++) {
		memcpy(at, request.iov[i].iov_base, request.iov[i].iov_len);
		at += request.iov[i].iov_len;
	}
	return header.bytes;
}

static CUresult submit(struct guest *guest, enum call_id id)
{
	const struct wire_reply *reply = (const struct wire_reply *)guest->reply;
	size_t bytes = write_command(guest, id);

	if (!bytes)
		return CUDA_ERROR_INVALID_VALUE;
	if (dispatch_command(guest->dispatch, guest->command, bytes, guest->reply, REPLY_BYTES) <
	    0) {
		/* The end of the session; this one goes on. */
		dispatch_destroy(guest->dispatch);
		guest->dispatch = dispatch_create(0);
		return CUDA_ERROR_INVALID_VALUE;
	}
	answered++;
	if (reply->result != CUDA_SUCCESS)
		return reply->result;
	succeeded[id]++;
	made_up_learn(&guest->made, call_find(id), guest->reply + sizeof(*reply));
	return CUDA_SUCCESS;
}

static struct guest *guest_create(uint64_t seed)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	CHECK(guest);
	guest->made.seed = seed;
	guest->dispatch = dispatch_create(0);
	CHECK(guest->dispatch);
	return guest;
}

static void *send_many(void *argument)
{
	struct guest *guest = argument;

	for (int i = 0; i < COMMANDS; i++) {
		enum call_id id = made_up_call(&guest->made);

		/* A crowd that comes and goes */
		if (i % 64 == 0)
			crowd_note(i * NOTE_NS, NOTE_NS, i % 4096 ? 0 : NOTE_NS);
		if (id != CALL_NONE)
			submit(guest, id);
	}
	return NULL;
}

/* The guest's thread that runs host functions */
static void *run_host_functions(void *argument)
{
	struct guest *guest = argument;

	for (;;) {
		guest->made.argv[0] = (struct arg){guest->made.arena, sizeof(struct wire_callback)};
		submit(guest, CALL_callback_next);
	}
	return NULL;
}

/* -- the daemon: keeps what is left, and finds it -- */

static struct link_item items[DAEMON_ITEMS];
static int item_fds[DAEMON_ITEMS];
static unsigned n_items;

static int find_item(const uint8_t *token)
{
	for (unsigned i = 0; i < n_items && i < DAEMON_ITEMS; i++)
		if (!memcmp(items[i].token, token, LINK_TOKEN))
			return i;
	return -1;
}

static void keep_item(const struct link_item *item, int fd)
{
	unsigned at = n_items++ % DAEMON_ITEMS;

	if (n_items > DAEMON_ITEMS)
		fd_close(&item_fds[at]);
	items[at] = *item;
	item_fds[at] = fd;
}

/* False: there is no answer to this */
static bool answer_to(const struct link_message *message, struct message_fds *fds,
		      struct link_message *answer, struct message_fds *sent)
{
	int found = find_item(message->item.token);

	*answer = (struct link_message){.type = LINK_EXCHANGED, .item = message->item};
	if (message->type == LINK_PUT) {
		keep_item(&message->item, message_fds_take(fds));
	} else if (message->type == LINK_GET && found >= 0) {
		answer->item = items[found];
		if (item_fds[found] >= 0)
			sent->fd[sent->n++] = dup(item_fds[found]);
	} else {
		answer->status = message->type != LINK_IMAGE_WANTED;
	}
	return message->type != LINK_IMAGE_KEEP;
}

static void *serve(void *argument)
{
	int link = *(int *)argument;

	for (;;) {
		struct message_fds fds = {0}, sent = {0};
		struct link_message message, answer;

		if (message_receive(link, &message, sizeof(message), &fds) < 0) {
			usleep(100);
			continue;
		}
		if (answer_to(&message, &fds, &answer, &sent))
			exchange_answered(&answer, &sent);
		message_fds_close(&sent);
		message_fds_close(&fds);
	}
	return NULL;
}

/* -- a worker -- */

static void add_region(uint32_t id)
{
	const struct qcuda_region_add add = {.region = id, .length = REGION_BYTES};
	int fd = memfd_create("region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct region_ref ref;

	CHECK(fd >= 0 && !ftruncate(fd, REGION_BYTES) && !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	CHECK(region_add_file(&add, fd) == QCUDA_OK);
	close(fd);
	CHECK(region_get(id, &ref));
	memcpy(ref.base, made_up_ptx, MADE_UP_PTX);
	made_up_know(0, (uintptr_t)ref.base);
	region_put(&ref);
}

static void start_driver(void)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 64];

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(path, sizeof(path), "%s/../../softgpu/libcuda.so.1", dirname(self));
	if (access(path, R_OK)) {
		printf("skipped: %s is not built\n", path);
		exit(77);
	}
	setenv("QCUDA_SOFTGPU_MEM", "64M", 1);
	setenv("QCUDA_SOFTGPU_LOG", "off", 1);
	CHECK(!driver_load(path));
}

static void retain_context(struct guest *guest)
{
	uint64_t primary = made_up_name(KIND_CUcontext);
	int device = 0;

	guest->made.argv[0] = (struct arg){&primary, sizeof(primary)};
	guest->made.argv[1] = (struct arg){&device, sizeof(device)};
	CHECK(submit(guest, CALL_primary_retain) == CUDA_SUCCESS);
	made_up_know(primary, 0);
}

static void show(void)
{
	unsigned calls = 0;

	for (unsigned id = 0; id < CALL_ID_END; id++) {
		calls += succeeded[id] > 0;
		if (getenv("CHAOS_SHOW") && call_find(id))
			printf("%6u %s\n", succeeded[id], call_name(id));
	}
	printf("%u answers, %u calls succeeded\n", answered, calls);
	fflush(stdout);
	CHECK(calls > 100); /* or the arguments are too wild to say anything */
}

static void worker(uint64_t seed)
{
	pthread_t threads[THREADS], other;
	static int ends[2];

	alarm(SECONDS);
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) && dup2(ends[0], LINK_FD) == LINK_FD);
	start_driver();
	for (uint32_t id = 0; id < MADE_UP_REGIONS; id++)
		add_region(id);
	CHECK(!pthread_create(&other, NULL, serve, &ends[1]));
	retain_context(guest_create(seed));
	CHECK(!pthread_create(&other, NULL, run_host_functions, guest_create(seed)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, send_many,
				      guest_create(seed * THREADS + i)));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	show();
	/* Other threads are waiting, and a worker never comes to its end either. */
	_exit(0);
}

/* The test's exit status */
static int run(uint64_t seed)
{
	pid_t child = fork();
	int status;

	if (!child)
		worker(seed);
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	if (WIFEXITED(status) && WEXITSTATUS(status) != OVER)
		return WEXITSTATUS(status);
	printf("seed %llu: %s\n", (unsigned long long)seed,
	       WIFEXITED(status) ? "the session has ended" : strsignal(WTERMSIG(status)));
	return !WIFEXITED(status);
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 2 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 0) : SEEDS;
	int rc = 0;

	for (uint64_t seed = first; !rc && seed <= last; seed++)
		rc = run(seed);
	return rc;
}
