/* SPDX-License-Identifier: MIT */
/*
 * image.h - module images of this virtual machine, kept for its next process
 *
 * DOC: Theory of operation
 *
 * Programs of a machine load the same images again and again.  A worker that has loaded a large one
 * leaves its copy here, and a guest process that is about to load one of that length names it by
 * its digest: if it is here, nothing but the digest is sent.
 *
 * Nobody says what an image's digest is: a thread of the daemon computes it, from a file that
 * seals keep from changing ever after.  So whoever gets a file under a digest has the bytes
 * of that digest, even if the worker that left it is in a guest's hands.  The thread reads the file, it does
 * not map it, for a mapping could fault; and it does so after the load, for which nobody waits.
 *
 * Images are kept up to a limit, those that were used last; they outlive the process that
 * brought them.  Small ones count for more than they have, for each is an open file.  Those of one
 * living process take at most half of the room, so that it drives out its own before
 * those of others.  Whoever starts one process after another can still make others' next loads slower, which
 * is all that one can do to another.  But whoever asks learns whether some process of the
 * same machine has loaded an image, as it could from the time that loading takes; of another
 * machine, whose daemon is another, nobody learns anything.
 *
 * Rejected: digests that the guest claims (it could poison what others load); a weak but faster
 * fingerprint, its bytes compared where it matches (they would have to be sent); images named by file and time (a
 * guest's kernel would have to vouch for pages of files that others may write).
 */
#ifndef QCU_DEVICE_IMAGE_H
#define QCU_DEVICE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct link_image;
struct worker;

/** image_init() - keep images of @bytes together; 0: none */
void image_init(uint64_t bytes);

/** image_wanted() - may one of @bytes be kept? */
bool image_wanted(uint64_t bytes);

/** image_offer() - keep the image in the file @fd, which is the callee's now, if it is one and fits */
void image_offer(const struct worker *from, int fd);

/** image_forget() - @from is gone; what it has left stays */
void image_forget(const struct worker *from);

/** image_known() - is one of @bytes kept? */
bool image_known(uint64_t bytes);

/** image_get() - the file of an image, which stays ours; -1: not kept */
int image_get(const struct link_image *image);

#endif
