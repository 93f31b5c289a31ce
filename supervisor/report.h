/*
 * report.h - what features write besides the program's own output: files and
 * lines of JSON.
 */
#ifndef SUPERVISOR_REPORT_H
#define SUPERVISOR_REPORT_H

#include <json-c/json.h>

/* A new file for what `option` asks for; exits with a message. */
int report_open(const char *option, const char *path);
/* A string of bytes that need not be UTF-8: what is not, is written as \xNN.
 * NULL gives null. */
struct json_object *json_text(const char *s);
/* One line; takes the reference.  Whole lines, whoever else writes. */
void json_line(int fd, struct json_object *o);
/* All of n bytes; false: it could not be written. */
bool write_all(int fd, const char *buf, size_t n);
/* "EACCES", "SIGTERM"; the number when it has no name. */
const char *errno_text(int err, char *buf, size_t n);
const char *signal_text(int sig, char *buf, size_t n);

#endif
