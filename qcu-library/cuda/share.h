/* SPDX-License-Identifier: MIT */
/* share.h - allocations and pools that were exported in descriptors */
#ifndef QCU_LIBRARY_SHARE_H
#define QCU_LIBRARY_SHARE_H

/** share_drop_closed() - what nobody has a descriptor of any more keeps no memory alive */
void share_drop_closed(void);

#endif
