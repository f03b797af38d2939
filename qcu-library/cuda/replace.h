/* SPDX-License-Identifier: MIT */
/* replace.h - put other pages under an address, contents kept */
#ifndef QCU_LIBRARY_REPLACE_H
#define QCU_LIBRARY_REPLACE_H

#include <stddef.h>

/**
 * pages_replace() - back [@addr, @addr + @length) by the file @fd, shared, from its start
 * @fd: or -1 for private memory without a file
 *
 * Other threads may go on using the memory meanwhile (replace.c says how far).
 *
 * Return: 0; -EFAULT: not writable memory of this process; -EOPNOTSUPP: memory
 * that another process may share; -ENOMEM, -EAGAIN.  After an error some of the
 * pages may have been replaced, with the same contents.
 */
int pages_replace(void *addr, size_t length, int fd);

/** pages_replace_here() - by private memory, in the calling thread, which has no other beside it */
int pages_replace_here(void *addr, size_t length);

#endif
