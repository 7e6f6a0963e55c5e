/* SPDX-License-Identifier: Apache-2.0 */
/* census.h - reading a DfE children-in-need census file (CIN_schema_2017 to 2024) into contacts.
 * One contact an episode (CINdetails).  The census holds no names and no narrative: those fields say
 * "not known".  Nothing is guessed: a value that is no code of the catalogue stays as it is and the check
 * before sealing names it.  The only door to libxml2. */
#ifndef MASH_CLIENTS_LIB_CENSUS_H
#define MASH_CLIENTS_LIB_CENSUS_H

#include "proto/bytes.h"

struct mash_census_referrer {
    const char *name, *role, *agency, *phone; /* who imports: the census does not say */
};

/* Called for each episode, in file order: child number from 1, episode number from 1 within the child, and
 * the contact as JSON (content.h, type CONTACT).  Anything but MASH_OK ends the reading and is returned. */
typedef enum mash_err mash_census_episode_fn(void *ctx, size_t child, size_t episode, struct mash_span json);

/* Read the file at path.  ret_why: one English sentence with the line, at most why_size bytes.
 * MASH_E_IO: cannot be read; MASH_E_LIMIT: larger than 64 MiB; MASH_E_FORMAT: not XML or not a census
 * Message with Children; MASH_E_NOMEM; or what fn returned. */
MASH_MUSTCHECK enum mash_err mash_census_read(const char *path, const struct mash_census_referrer *referrer,
                                              mash_census_episode_fn *fn, void *ctx, char *ret_why,
                                              size_t why_size);

#endif
