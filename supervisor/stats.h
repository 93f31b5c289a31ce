/*
 * stats.h - --stats: rows that any part of vksup may add.
 *
 * A source is registered by a feature's prepare() or boot(), whether --stats
 * was given or not, and asked once, at the end, on the main thread: it gives
 * its rows with stats_put().  A key is the row's name in JSON, with the unit
 * behind it ("crossings", "trapped_ns"); label is its name for people.
 */
#ifndef SUPERVISOR_STATS_H
#define SUPERVISOR_STATS_H

#include <stdint.h>

#include "vksup/vkern.h"

struct stats;
enum stats_unit { STATS_COUNT, STATS_BYTES, STATS_NS, STATS_PERCENT };

/* At most 16 of them, in the order that they are told. */
void stats_source(void (*fn)(struct stats *s, struct vkern *k));
/* STATS_PERCENT: value in hundredths of a percent. */
void stats_put(struct stats *s, const char *key, const char *label, enum stats_unit unit,
    uint64_t value);

#endif
