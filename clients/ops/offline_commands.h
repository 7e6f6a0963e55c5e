/* SPDX-License-Identifier: Apache-2.0 */
/* offline_commands.h - the mashctl commands that make a partnership and its bundles.  They need no broker
 * and no network: governance keys are kept and used on machines that have none.
 * Each parses its own arguments (argp) and returns a sysexits code; argv[0] is the command's full name. */
#ifndef MASH_CLIENTS_OPS_OFFLINE_COMMANDS_H
#define MASH_CLIENTS_OPS_OFFLINE_COMMANDS_H

int mash_cmd_init(int argc, char **argv);        /* keys and working files of a new partnership */
int mash_cmd_enrol(int argc, char **argv);       /* take an agency's request into the draft registry */
int mash_cmd_bundle(int argc, char **argv);      /* `make`, `sign` or `show` */
int mash_cmd_bundle_make(int argc, char **argv); /* put the next version together from the draft */
int mash_cmd_bundle_sign(int argc, char **argv); /* add one governance holder's signature */
int mash_cmd_bundle_show(int argc, char **argv); /* what a bundle says and who signed it */

#endif
