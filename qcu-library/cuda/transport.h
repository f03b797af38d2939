/* SPDX-License-Identifier: MIT */
/*
 * transport.h - the way to the host: the driver's device, or a socket
 *
 * A transport shares memory, starts channels in it, and carries wake-ups; the
 * calls themselves go through the shared memory (wire/channel.h).  One process
 * has one transport, for its life.
 *
 * Every function that returns int returns 0 or a negative errno; those of
 * qcuda_uapi.h mean the same over the socket.  -EPIPE: the worker has died.
 * All may be called from several threads at once.
 */
#ifndef QCU_LIBRARY_TRANSPORT_H
#define QCU_LIBRARY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

struct transport_ops {
	const char *name;

	/* close() also serves a forked child, which must not touch the session */
	void (*close)(struct transport *transport);

	/*
	 * Share page-aligned memory of this process; its contents are kept, and
	 * it stays at its address.  @fresh: no other thread knows the memory.
	 * -EFAULT: not writable memory; -EOPNOTSUPP: memory of a kind that this
	 * transport cannot share.
	 */
	int (*region_share)(struct transport *transport, void *addr, size_t length, bool fresh,
			    uint32_t *region);
	/* @gone: the memory is about to be unmapped, its contents do not matter */
	int (*region_unshare)(struct transport *transport, uint32_t region, bool gone);

	/*
	 * The same for memory that the program may unmap: watch[@word] becomes 0, and
	 * 1 before anything about it changes (qcuda_uapi.h, QCUDA_IOC_PIN_WATCHED).
	 * Only if there is a watch.
	 */
	int (*region_share_watched)(struct transport *transport, void *addr, size_t length,
				    uint32_t word, uint32_t *region);
	/* Does not wait for the host, which may have to wait for its GPU; @word is free */
	int (*region_forget_watched)(struct transport *transport, uint32_t region);

	int (*channel_start)(struct transport *transport, uint32_t region, uint64_t offset,
			     uint32_t ring_bytes, uint32_t reply_bytes, uint32_t *channel);
	int (*channel_stop)(struct transport *transport, uint32_t channel);
	int (*doorbell)(struct transport *transport, uint32_t channel);

	/* Sleep until @channel has news beyond @seen (qcuda_uapi.h, QCUDA_IOC_WAIT);
	 * may return 0 without news.
	 */
	int (*wait)(struct transport *transport, uint32_t channel, uint32_t *seen);

	/* In the child of fork(): make what memory is shared the child's own */
	void (*forked)(struct transport *transport);
};

/**
 * struct transport
 * @version_minor: of the protocol, as agreed with the host (wire/protocol.h)
 * @max_channels: that can be started
 * @watch: QCUDA_WATCH_WORDS words that others write; NULL: memory cannot be watched
 */
struct transport {
	const struct transport_ops *ops;
	uint32_t version_minor;
	uint32_t max_channels;
	const _Atomic uint32_t *watch;
};

/** transport_open() - by QCUDA_SOCKET, else /dev/qcuda; -ENODEV if neither is there */
int transport_open(struct transport **transport);

int transport_virtio_open(struct transport **transport);
int transport_socket_open(const char *path, struct transport **transport);

#endif
