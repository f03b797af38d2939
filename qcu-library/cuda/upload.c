/* SPDX-License-Identifier: MIT */
/*
 * upload.c - module images on their way to the host, without a region of their own
 *
 * DOC: Theory of operation
 *
 * A region for an image is two round trips, and new pages that the kernel must find, clear and give
 * back: for a large image most of the time that it takes to send it.  So what is small travels in
 * commands that are posted: the call that loads it is the only one that is waited for.  What is large goes
 * through staging memory (staging.h), which is there from earlier images and copies and stays in the
 * caches: while the host copies one part out of it, the next is filled, and nobody waits for more
 * than the slower of the two.
 *
 * The host has all of the image before it is asked to load it, and forgets it when it has
 * been.  Faces qcu-device/worker/upload.c.
 */
#include <stdatomic.h>

#include "qcu-library/cuda/args.h"
#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/post.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/staging.h"
#include "qcu-library/cuda/upload.h"

#define INLINE_MAX	((size_t)256 << 10)	/* of a piece that travels in commands */
#define INLINE_BYTES	((size_t)64 << 10)	/* in one of them: the ring holds three */
#define PART_BYTES	((size_t)1 << 20)	/* two of them stay in the caches */
static_assert(2 * PART_BYTES <= STAGING_BYTES, "one is filled while the other is copied");

/**
 * struct upload - an image under way
 * @staging: once there is a large piece: @half is the offset of the part to be filled next
 * @flying: @flight is the call of the last part, about @offset and @span
 */
struct upload {
	struct wire_upload name;
	struct staging staging;
	size_t half;
	bool flying;
	struct flight flight;
	uint64_t offset;
	struct wire_span span;
};

static CUresult land(struct upload *upload)
{
	if (!upload->flying)
		return CUDA_SUCCESS;
	upload->flying = false;
	return remote_end(&upload->flight);
}

static CUresult take_off(struct upload *upload, uint64_t offset, size_t bytes)
{
	const struct arg argv[] = ARGS(IN(struct wire_upload, upload->name),
				       IN(uint64_t, upload->offset),
				       IN(struct wire_span, upload->span));
	CUresult rc;

	upload->offset = offset;
	upload->span = (struct wire_span){ .region = upload->staging.region,
					   .offset = upload->half, .bytes = bytes };
	rc = remote_begin(&upload->flight, CALL_image_part, argv);
	upload->flying = rc == CUDA_SUCCESS;
	upload->half ^= PART_BYTES;
	return rc;
}

static CUresult send_large(struct upload *upload, uint64_t offset, const uint8_t *data,
			   size_t bytes)
{
	CUresult rc = CUDA_SUCCESS;
	size_t n;

	if (!upload->staging.addr)
		rc = staging_get_plain(STAGING_BYTES, &upload->staging);
	for (size_t at = 0; rc == CUDA_SUCCESS && at < bytes; at += n) {
		n = bytes - at < PART_BYTES ? bytes - at : PART_BYTES;
		crew_copy(upload->staging.addr + upload->half, data + at, n, option_copy_threads());
		rc = land(upload);
		if (rc == CUDA_SUCCESS)
			rc = take_off(upload, offset + at, n);
	}
	return rc;
}

static CUresult send_small(struct upload *upload, uint64_t offset, const uint8_t *data,
			   size_t bytes)
{
	CUresult rc = land(upload);
	size_t n;

	for (size_t at = 0; rc == CUDA_SUCCESS && at < bytes; at += n) {
		n = bytes - at < INLINE_BYTES ? bytes - at : INLINE_BYTES;
		rc = post_image_bytes(upload->name, offset + at, n, data + at);
	}
	return rc;
}

static CUresult send_pieces(struct upload *upload, const struct image *image)
{
	CUresult rc = CUDA_SUCCESS, last;

	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < image->n_pieces; i++) {
		const struct wire_piece *piece = &image->pieces[i];

		rc = (piece->bytes > INLINE_MAX ? send_large : send_small)(
			upload, piece->offset, image->parts[i], piece->bytes);
	}
	last = land(upload);
	return rc == CUDA_SUCCESS ? last : rc;
}

bool upload_allowed(void)
{
	return !option_set(NO_UPLOAD) && session.transport->version_minor >= WIRE_IMAGE_SENT_SINCE;
}

static struct wire_upload name_of(const struct image *image)
{
	return (struct wire_upload){ .id = image->wire.region, .bytes = image->wire.bytes };
}

CUresult upload(struct image *image)
{
	static _Atomic uint32_t last;
	struct upload upload = { 0 };
	CUresult rc;

	image->wire.region = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
	image->wire.kind |= WIRE_IMAGE_SENT;
	upload.name = name_of(image);
	rc = send_pieces(&upload, image);
	if (upload.staging.addr)
		staging_put(&upload.staging);
	return rc;
}

void upload_drop(const struct image *image)
{
	post_image_drop(name_of(image));
}
