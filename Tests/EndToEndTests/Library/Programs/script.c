/* Calls libflom as lines of its input say, and prints what each call returns:

       FUNCTION HANDLE [ARGUMENT]...       lock a = 0; get_resource_name a = 'db'

   Handles have names of one letter and are memory of this program. NULL is a handle, and an argument of functions that take a text. The
   names of functions come without flom_handle_. Other words:

       state a              the state of a handle, as a number
       zero a, garbage a    what is in its memory
       copy a b             the memory of b becomes that of a
       heap a               flom_handle_new; a heap handle is deleted by "delete a"
       shell WORDS          runs WORDS by the shell and prints their status
       child ... end        the lines between are for a forked child, which then ends by _exit, or by exit if that stands before end; its
                            status is that of end
       poll a               waits until the descriptor of a wait can be read; 1 if it can
       lost a               the same for the descriptor of a loss
       say WORDS            prints them
       exit, abort          end */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flom.h"

static flom_handle_t memory[26];
static flom_handle_t *handles[26];

static flom_handle_t *handle(const char *name) {
    if (strcmp(name, "NULL") == 0) return NULL;
    if (handles[name[0] - 'a'] == NULL) handles[name[0] - 'a'] = &memory[name[0] - 'a'];
    return handles[name[0] - 'a'];
}

struct number {
    const char *name;
    int (*get)(const flom_handle_t *);
    int (*set)(flom_handle_t *, int);
};
#define NUMBER(name) {#name, flom_handle_get_##name, flom_handle_set_##name}
static const struct number numbers[] = {
    NUMBER(resource_quantity), NUMBER(resource_timeout), NUMBER(resource_idle_lifespan), NUMBER(resource_create),
    NUMBER(unicast_port), NUMBER(multicast_port), NUMBER(discovery_attempts), NUMBER(discovery_timeout), NUMBER(discovery_ttl),
    NUMBER(tls_check_peer_id), NUMBER(start_daemon)};

struct text {
    const char *name;
    const char *(*get)(const flom_handle_t *);
    int (*set)(flom_handle_t *, const char *);
};
#define TEXT(name) {#name, flom_handle_get_##name, flom_handle_set_##name}
static const struct text texts[] = {
    TEXT(resource_name), TEXT(socket_name), TEXT(unicast_address), TEXT(multicast_address), TEXT(network_interface),
    TEXT(tls_certificate), TEXT(tls_private_key), TEXT(tls_ca_certificate), TEXT(trace_filename), TEXT(description)};

struct call {
    const char *name;
    int (*call)(flom_handle_t *);
};
static const struct call calls[] = {
    {"init", flom_handle_init}, {"clean", flom_handle_clean}, {"lock", flom_handle_lock}, {"unlock", flom_handle_unlock},
    {"unlock_rollback", flom_handle_unlock_rollback}, {"cancel", flom_handle_cancel}, {"lock_finish", flom_handle_lock_finish},
    {"clear_resources", flom_handle_clear_resources}};

#define COUNT(table) (sizeof table / sizeof *table)

static void show(const char *line, const char *text) {
    if (text == NULL) printf("%s = NULL\n", line);
    else printf("%s = '%s'\n", line, text);
}

/* Does a line whose first word is the name of a function; 0 if it is none. */
static int call(const char *line, const char *function, flom_handle_t *target, const char *argument) {
    size_t i;
    int is_get = strncmp(function, "get_", 4) == 0, is_set = strncmp(function, "set_", 4) == 0;
    for (i = 0; i < COUNT(calls); i++) {
        if (strcmp(function, calls[i].name) != 0) continue;
        printf("%s = %d\n", line, calls[i].call(target));
        return 1;
    }
    for (i = 0; i < COUNT(numbers) && (is_get || is_set); i++) {
        if (strcmp(function + 4, numbers[i].name) != 0) continue;
        printf("%s = %d\n", line, is_get ? numbers[i].get(target) : numbers[i].set(target, (int)strtol(argument, NULL, 10)));
        return 1;
    }
    for (i = 0; i < COUNT(texts) && (is_get || is_set); i++) {
        if (strcmp(function + 4, texts[i].name) != 0) continue;
        if (is_get) show(line, texts[i].get(target));
        else printf("%s = %d\n", line, texts[i].set(target, strcmp(argument, "NULL") == 0 ? NULL : argument));
        return 1;
    }
    if (strcmp(function, "get_lock_mode") == 0) printf("%s = %d\n", line, (int)flom_handle_get_lock_mode(target));
    else if (strcmp(function, "set_lock_mode") == 0)
        printf("%s = %d\n", line, flom_handle_set_lock_mode(target, (flom_lock_mode_t)strtol(argument, NULL, 10)));
    else if (strcmp(function, "get_locked_element") == 0) {
        const char *element = flom_handle_get_locked_element(target);
        show(line, element);
        /* Programs of FLoM 1.7.2 read it from the handle. */
        if (element != NULL && element != target->locked_element)
            printf("%s: the handle has another one\n", line);
    } else if (strcmp(function, "get_locked_element_of") == 0)
        show(line, flom_handle_get_locked_element_of(target, (int)strtol(argument, NULL, 10)));
    else if (strcmp(function, "get_request_id") == 0) show(line, flom_handle_get_request_id(target));
    else if (strcmp(function, "get_error") == 0) show(line, flom_handle_get_error(target));
    else if (strcmp(function, "get_fencing_token") == 0) printf("%s = %d\n", line, flom_handle_get_fencing_token(target) != 0);
    else if (strcmp(function, "get_fencing_token_of") == 0)
        printf("%s = %d\n", line, flom_handle_get_fencing_token_of(target, (int)strtol(argument, NULL, 10)) != 0);
    else if (strcmp(function, "is_lost") == 0) printf("%s = %d\n", line, flom_handle_is_lost(target));
    else if (strcmp(function, "count_resources") == 0) printf("%s = %d\n", line, flom_handle_count_resources(target));
    else if (strcmp(function, "lock_start") == 0)
        printf("%s = %d\n", line, flom_handle_lock_start(target, (int)strtol(argument, NULL, 10)));
    else if (strcmp(function, "get_wait_fd") == 0) {
        int descriptor = flom_handle_get_wait_fd(target);
        if (descriptor >= 0) printf("%s = a descriptor\n", line);
        else printf("%s = %d\n", line, descriptor);
    } else if (strcmp(function, "get_lost_fd") == 0) {
        int descriptor = flom_handle_get_lost_fd(target);
        if (descriptor >= 0) printf("%s = a descriptor\n", line);
        else printf("%s = %d\n", line, descriptor);
    } else return 0;
    return 1;
}

int main(void) {
    char line[1000], words[1000], *function, *name, *argument;
    int is_child = 0;
    /* A child goes on to read where its parent stopped. */
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        strcpy(words, line);
        function = strtok(words, " ");
        if (function == NULL) continue;
        if (strcmp(function, "shell") == 0) {
            int status = system(line + 6);
            printf("%s = %d\n", line, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
            continue;
        }
        if (strcmp(function, "say") == 0) {
            printf("%s\n", line + 4);
            continue;
        }
        if (strcmp(function, "exit") == 0) {
            /* The parent goes on behind the end. */
            while (is_child && fgets(line, sizeof line, stdin) && strncmp(line, "end", 3) != 0) {}
            exit(0);
        }
        if (strcmp(function, "abort") == 0) abort();
        if (strcmp(function, "end") == 0) {
            if (is_child) _exit(0);
            continue;
        }
        if (strcmp(function, "child") == 0) {
            pid_t child = fork();
            int status = 0;
            if (child == 0) {
                is_child = 1;
                continue;
            }
            waitpid(child, &status, 0);
            printf("end = %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
            continue;
        }
        name = strtok(NULL, " ");
        if (name == NULL) return fprintf(stderr, "no handle in '%s'\n", line), 2;
        argument = strtok(NULL, "");
        if (argument == NULL) argument = "";
        if (strcmp(function, "state") == 0) printf("%s = %d\n", line, (int)handle(name)->state);
        else if (strcmp(function, "poll") == 0 || strcmp(function, "lost") == 0) {
            struct pollfd waiting;
            waiting.fd = function[0] == 'p' ? flom_handle_get_wait_fd(handle(name)) : flom_handle_get_lost_fd(handle(name));
            waiting.events = POLLIN;
            printf("%s = %d\n", line, poll(&waiting, 1, argument[0] ? (int)strtol(argument, NULL, 10) : 30000));
        } else if (strcmp(function, "zero") == 0) memset(handle(name), 0, sizeof(flom_handle_t));
        else if (strcmp(function, "garbage") == 0) memset(handle(name), 0xA5, sizeof(flom_handle_t));
        else if (strcmp(function, "copy") == 0) *handle(argument) = *handle(name);
        else if (strcmp(function, "heap") == 0) {
            handles[name[0] - 'a'] = flom_handle_new();
            printf("%s = %s\n", line, handles[name[0] - 'a'] ? "a handle" : "NULL");
        } else if (strcmp(function, "delete") == 0) flom_handle_delete(handle(name));
        else if (strcmp(function, "add_resource") == 0) {
            char resource[300] = "";
            int mode = 5, quantity = 1;
            if (strncmp(argument, "NULL", 4) == 0) sscanf(argument, "NULL %d %d", &mode, &quantity);
            else sscanf(argument, "%299s %d %d", resource, &mode, &quantity);
            printf("%s = %d\n", line,
                flom_handle_add_resource(handle(name), resource[0] ? resource : NULL, (flom_lock_mode_t)mode, quantity));
        } else if (!call(line, function, handle(name), argument)) return fprintf(stderr, "no function in '%s'\n", line), 2;
    }
    return 0;
}
