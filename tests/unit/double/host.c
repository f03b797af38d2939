/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "qcu-library/cuda/transport.h"
#include "tests/unit/double/host.h"
#include "wire/channel.h"
#include "wire/codec.h"
#include "wire/qcuda_uapi.h"
#include "wire/ring.h"

#define MAX_REGIONS	4096

host_answer *host_answers[CALL_ID_END];
_Atomic unsigned host_count[CALL_ID_END];
_Atomic unsigned host_channels, host_regions, host_delay_us, host_sleepers;
_Atomic bool host_crowded;
_Atomic uint64_t host_context;

struct host_channel {
	bool runs;
	uint32_t bell, events;	/* doorbells of the guest, events for it */
	struct ring ring;
	uint8_t *reply;
	uint32_t reply_bytes;
	CUresult deferred;
	_Alignas(8) uint8_t command[CHANNEL_RING_MAX / 16];
};

/* Guards everything here but what a channel's thread keeps for itself. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct host_channel channels[QCUDA_MAX_CHANNELS];
static struct wire_span regions[MAX_REGIONS];	/* offset: the address */
static _Atomic uint32_t watch[QCUDA_WATCH_WORDS];
static _Atomic uint32_t watched[QCUDA_WATCH_WORDS];	/* which region */
static _Atomic bool dead;
static _Atomic uint64_t next_address;	/* where device memory is given out */
static _Atomic uint64_t ran;	/* asynchronous commands, in the order of their tickets */

unsigned host_crossings(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CALL_ID_END; i++)
		n += host_count[i];
	return n;
}

void host_die(void)
{
	pthread_mutex_lock(&lock);
	dead = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void *host_span(const struct wire_span *span)
{
	void *p;

	pthread_mutex_lock(&lock);
	CHECK(span->region < MAX_REGIONS && regions[span->region].bytes);
	CHECK(span->offset + span->bytes <= regions[span->region].bytes);
	p = (void *)(regions[span->region].offset + span->offset);
	pthread_mutex_unlock(&lock);
	return p;
}

uint64_t host_hole(size_t bytes)
{
	const uint64_t grain = 2 << 20;
	/* Room on both sides: the kernel puts what comes next at the end of a hole. */
	size_t whole = bytes + 64 * grain;
	void *p = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(p != MAP_FAILED);
	munmap(p, whole);
	return ((uintptr_t)p + grain) & ~(grain - 1);
}

static CUresult answer(const struct call *call, uint32_t id, struct arg *argv)
{
	struct wire_device *device;
	struct wire_host *host;

	if (host_answers[id])
		return host_answers[id](argv);
	if (id == CALL_host_info) {
		host = argv[0].p;
		*host = (struct wire_host){ .driver_version = 13000, .device_count = 2 };
	} else if (id == CALL_device_info) {
		device = argv[1].p;
		strcpy(device->name, "a device");
		for (int i = 0; i < WIRE_DEVICE_ATTRIBUTES; i++) {
			device->attributes[i] = 1000 + i;
			device->known[i] = 1;
		}
	} else if (id == CALL_host_register) {
		*(uint64_t *)argv[2].p = (uintptr_t)host_span(argv[0].p);
	} else if (id == CALL_cuMemAlloc_v2) {
		*(uint64_t *)argv[0].p =
			atomic_fetch_add(&next_address, (*(uint64_t *)argv[1].p + 511) & ~511ull);
	}
	return CUDA_SUCCESS;
}

/* The worker's rule: a command runs when as many asynchronous ones have run as it says. */
static void take_turn(uint64_t ticket)
{
	for (int i = 0; ran < ticket && !dead; i++)
		if (i > 1000)
			usleep(10);
}

static void run_command(struct host_channel *channel)
{
	const struct wire_command *command = (void *)channel->command;
	const struct call *call = call_find(command->call);
	struct wire_reply *reply = (void *)channel->reply;
	struct arg argv[CALL_MAX_PARAMS];
	size_t bytes;
	CUresult rc;

	CHECK(call && request_decode(call, channel->command + sizeof(*command),
				     command->bytes - sizeof(*command), argv, reply + 1,
				     channel->reply_bytes - sizeof(*reply), &bytes));
	take_turn(command->ticket);
	atomic_store(&channel->ring.shared->crowded, host_crowded);
	if (host_delay_us)
		usleep(host_delay_us);
	if (dead)
		return;
	host_context = command->context;
	rc = answer(call, command->call, argv);
	host_count[command->call]++;
	if (command->flags & WIRE_ASYNC) {
		CHECK(ran == command->ticket);
		ran++;
	}
	if (!(command->flags & WIRE_WANT_REPLY)) {
		if (channel->deferred == CUDA_SUCCESS)
			channel->deferred = rc;
		return;
	}
	*reply = (struct wire_reply){ .bytes = sizeof(*reply) + (rc ? 0 : bytes), .result = rc,
				      .deferred = channel->deferred };
	channel->deferred = CUDA_SUCCESS;
	if (ring_replied(&channel->ring, command->seq)) {
		pthread_mutex_lock(&lock);
		channel->events++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
}

static void wait_for_bell(struct host_channel *channel)
{
	struct channel_shared *shared = channel->ring.shared;
	uint32_t bell;

	pthread_mutex_lock(&lock);
	bell = channel->bell;
	atomic_store(&shared->host_sleeps, 1);
	while (!ring_pending(&channel->ring) && bell == channel->bell && channel->runs && !dead)
		pthread_cond_wait(&changed, &lock);
	atomic_store(&shared->host_sleeps, 0);
	pthread_mutex_unlock(&lock);
}

static void *channel_thread(void *argument)
{
	struct host_channel *channel = argument;

	while (channel->runs && !dead) {
		ssize_t n = ring_take(&channel->ring, channel->command, sizeof(channel->command));

		CHECK(n >= 0);
		if (ring_freed(&channel->ring)) {
			pthread_mutex_lock(&lock);
			channel->events++;
			pthread_cond_broadcast(&changed);
			pthread_mutex_unlock(&lock);
		}
		if (n)
			run_command(channel);
		else
			wait_for_bell(channel);
	}
	return NULL;
}

static int host_region_share(struct transport *transport, void *addr, size_t length, bool fresh,
			     uint32_t *region)
{
	int rc = -ENOSPC;

	CHECK(!((uintptr_t)addr % 4096) && !(length % 4096) && length);
	pthread_mutex_lock(&lock);
	for (uint32_t id = 0; rc && id < MAX_REGIONS; id++) {
		if (regions[id].bytes)
			continue;
		regions[id] = (struct wire_span){ .offset = (uintptr_t)addr, .bytes = length };
		*region = id;
		host_regions++;
		rc = 0;
	}
	pthread_mutex_unlock(&lock);
	return dead ? -EPIPE : rc;
}

static int host_region_share_watched(struct transport *transport, void *addr, size_t length,
				     uint32_t word, uint32_t *region)
{
	int error = host_region_share(transport, addr, length, false, region);

	CHECK(word < QCUDA_WATCH_WORDS);
	if (!error) {
		watch[word] = 0;
		watched[word] = *region;
	}
	return error;
}

void host_memory_changes(const void *addr)
{
	pthread_mutex_lock(&lock);
	for (uint32_t word = 0; word < QCUDA_WATCH_WORDS; word++) {
		struct wire_span region = regions[atomic_load(&watched[word])];

		if (region.bytes && (uintptr_t)addr - region.offset < region.bytes)
			watch[word] = 1;
	}
	pthread_mutex_unlock(&lock);
}

static int host_region_unshare(struct transport *transport, uint32_t region, bool gone)
{
	pthread_mutex_lock(&lock);
	CHECK(region < MAX_REGIONS && regions[region].bytes);
	regions[region].bytes = 0;
	host_regions--;
	pthread_mutex_unlock(&lock);
	return dead ? -EPIPE : 0;
}

static int host_region_forget_watched(struct transport *transport, uint32_t region)
{
	return host_region_unshare(transport, region, true);
}

static int host_channel_start(struct transport *transport, uint32_t region, uint64_t offset,
			      uint32_t ring_bytes, uint32_t reply_bytes, uint32_t *id)
{
	struct wire_span whole = { .region = region, .offset = offset,
				   .bytes = CHANNEL_RING_OFFSET + ring_bytes + reply_bytes };
	uint8_t *memory = host_span(&whole);
	pthread_t thread;

	pthread_mutex_lock(&lock);
	*id = host_channels;
	CHECK(*id < QCUDA_MAX_CHANNELS);
	ring_init(&channels[*id].ring, memory, ring_bytes);
	channels[*id].reply = memory + CHANNEL_RING_OFFSET + ring_bytes;
	channels[*id].reply_bytes = reply_bytes;
	channels[*id].runs = true;
	host_channels++;
	CHECK(!pthread_create(&thread, NULL, channel_thread, &channels[*id]));
	pthread_detach(thread);
	pthread_mutex_unlock(&lock);
	return 0;
}

static int host_channel_stop(struct transport *transport, uint32_t id)
{
	return -ENOENT;
}

static int host_doorbell(struct transport *transport, uint32_t id)
{
	pthread_mutex_lock(&lock);
	channels[id].bell++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return dead ? -EPIPE : 0;
}

static int host_wait(struct transport *transport, uint32_t id, uint32_t *seen)
{
	pthread_mutex_lock(&lock);
	host_sleepers++;
	while (channels[id].events == *seen && !dead)
		pthread_cond_wait(&changed, &lock);
	*seen = channels[id].events;
	pthread_mutex_unlock(&lock);
	return dead ? -EPIPE : 0;
}

static void host_forked(struct transport *transport)
{
}

static const struct transport_ops ops = {
	.name = "double",
	.close = host_forked,
	.region_share = host_region_share,
	.region_share_watched = host_region_share_watched,
	.region_unshare = host_region_unshare,
	.region_forget_watched = host_region_forget_watched,
	.channel_start = host_channel_start,
	.channel_stop = host_channel_stop,
	.doorbell = host_doorbell,
	.wait = host_wait,
	.forked = host_forked,
};

static struct transport host = { .ops = &ops, .version_minor = QCUDA_VERSION_MINOR,
				 .max_channels = QCUDA_OLD_CHANNELS };

void host_watches(void)
{
	host.watch = watch;
}

void host_channels_suffice(void)
{
	host.max_channels = host_channels;
}

int transport_open(struct transport **transport)
{
	next_address = host_hole(1 << 30);
	*transport = &host;
	return 0;
}

void host_start(void)
{
	CUcontext context;

	CHECK(cuInit(0) == CUDA_SUCCESS);
	CHECK(cuDevicePrimaryCtxRetain(&context, 0) == CUDA_SUCCESS);
	CHECK(cuCtxSetCurrent(context) == CUDA_SUCCESS);
}
