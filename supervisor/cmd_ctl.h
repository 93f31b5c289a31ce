/*
 * cmd_ctl.h - commands that talk to runs.
 */
#ifndef CMD_CTL_H
#define CMD_CTL_H

int cmd_ls(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_wait(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_top(int argc, char **argv);

#endif
