/*
 * overlay_impl.h - between overlay_meta.c and overlay_write.c.
 */
#ifndef VKSUP_OVERLAY_IMPL_H
#define VKSUP_OVERLAY_IMPL_H

#include "vksup/overlay_meta.h"
#include "vksup/vkern.h"

#define FRAME_HEAD	12
#define LENGTH_SEED	0x564b4f56u

enum om_kind { REC_NODE = 'N', REC_NAME = 'D', REC_LOWER = 'L', REC_XATTR = 'X', REC_NO_XATTR = 'x' };

static const char om_magic[8] = "VKOVERLY";

uint32_t om_checksum(uint32_t crc, const void *data, size_t n);
void *om_map_get(const struct om_map *m, uint64_t key);
void om_map_put(struct om_map *m, uint64_t key, void *value);
void om_map_free(struct om_map *m);
/* a->id is new; target is not taken over. */
struct om_node *om_node_new(struct om_tree *t, const struct om_attr *a);
/* The name is new in dir, and has no node yet. */
struct om_name *om_name_add(struct om_tree *t, struct om_node *dir, const char *s, size_t len);
void om_name_unlink(struct om_tree *t, struct om_name *n);

#endif
