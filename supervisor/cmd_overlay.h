/*
 * cmd_overlay.h - the commands on an overlay, for the table in command.c.
 */
#ifndef SUPERVISOR_CMD_OVERLAY_H
#define SUPERVISOR_CMD_OVERLAY_H

int cmd_diff(int argc, char **argv);
int cmd_commit(int argc, char **argv);
int cmd_discard(int argc, char **argv);
int cmd_export(int argc, char **argv);

#endif
