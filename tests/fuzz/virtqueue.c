/* SPDX-License-Identifier: MIT */
/*
 * virtqueue.c - fuzz the rings: the input is the guest's memory
 *
 * The device takes chains, reads and writes them and gives them back, while the
 * "guest" goes on changing its memory with what is left of the input.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/virtqueue.h"

#define BYTES	(16u << 10)
#define NUM	16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct guest_memory memory;

static void begin_once(void)
{
	struct guest_range range = { .size = BYTES };

	if (memory.n)
		return;
	range.fd = memfd_create("guest", MFD_CLOEXEC);
	if (range.fd < 0 || ftruncate(range.fd, BYTES) || guest_memory_add(&memory, &range))
		_exit(1);
}

/* What a device does with a chain. */
static void serve(struct virtqueue *vq, struct virtqueue_chain *chain)
{
	uint8_t bytes[256] = { 0 };

	for (uint64_t n = 0; n <= sizeof(bytes); n += 51) {
		if (n <= chain->readable)
			virtqueue_read(vq, chain, bytes, n);
		if (n <= chain->writable)
			virtqueue_write(vq, chain, bytes, n);
	}
	if (bytes[0] & 1)
		virtqueue_push(vq, chain->head, bytes[1]);
	virtqueue_reread(vq, chain->head, chain);
	virtqueue_notify(vq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct virtqueue_layout layout = { .num = NUM, .desc = 0, .avail = 1024, .used = 2048 };
	struct virtqueue_state state = { 0 };
	struct virtqueue_chain chain;
	struct virtqueue vq;
	uint8_t *guest;

	if (size < 2)
		return 0;
	begin_once();
	guest = guest_memory_at(&memory, 0, BYTES);
	layout.features = (uint64_t)(data[0] & 3) << VIRTIO_RING_F_INDIRECT_DESC;
	memset(guest, 0, BYTES);
	memcpy(guest, data + 2, size - 2 < BYTES ? size - 2 : BYTES);
	if (virtqueue_start(&vq, &layout, &memory, &state, -1))
		return 0;
	virtqueue_reset(&vq, data[1]);
	for (size_t i = 0; i + 3 < size; i += 3) {
		if (virtqueue_pop(&vq, &chain) > 0)
			serve(&vq, &chain);
		if (data[i] == 0x77)
			virtqueue_recover(&vq);
		guest[(data[i] | data[i + 1] << 8) % BYTES] = data[i + 2];
	}
	return 0;
}
