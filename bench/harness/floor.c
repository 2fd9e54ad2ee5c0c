/*
 * The floor: what it costs to bring a file from N servers on one machine when only that is done which must be. Each server
 * is a process that reads its blocks and sends them; the client has a thread for each, which receives a block, hashes it
 * with SHA-256 and writes it to its place. No protocol, no log, no retries: it cannot be used, only measured.
 *
 *   floor FILE TARGET SERVERS
 *
 * Server i has every N-th block from block i. The digests are added up and printed, so that no compiler drops them.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, SERVERS_MAX = 64 };

static off_t size;
static int servers, source, target, ports[SERVERS_MAX];
static unsigned sums[SERVERS_MAX];

static void must(int is_fine, const char *what) {
  if (is_fine) return;
  perror(what);
  exit(1);
}

static ssize_t length_of(off_t at) { return size - at < BLOCK_BYTES ? (ssize_t)(size - at) : BLOCK_BYTES; }

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int start_listening(int *port) {
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
  must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return listener;
}

static void serve(int listener, int first) {
  int peer = accept(listener, NULL, NULL);
  char *block = malloc(BLOCK_BYTES);
  must(peer >= 0 && block != NULL, "accept");
  for (off_t at = (off_t)first * BLOCK_BYTES; at < size; at += (off_t)servers * BLOCK_BYTES) {
    ssize_t length = length_of(at);
    must(pread(source, block, length, at) == length, "pread");
    for (ssize_t done = 0, sent; done < length; done += sent) {
      sent = send(peer, block + done, length - done, 0);
      must(sent > 0, "send");
    }
  }
  exit(0);
}

static void *fetch(void *argument) {
  int first = (int)(long)argument, link = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(ports[first]);
  char *block = malloc(BLOCK_BYTES);
  must(block != NULL && connect(link, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  for (off_t at = (off_t)first * BLOCK_BYTES; at < size; at += (off_t)servers * BLOCK_BYTES) {
    ssize_t length = length_of(at);
    must(recv(link, block, length, MSG_WAITALL) == length, "recv");
    unsigned char digest[EVP_MAX_MD_SIZE];
    must(EVP_Digest(block, length, digest, NULL, EVP_sha256(), NULL) == 1, "digest");
    sums[first] += digest[0];
    must(pwrite(target, block, length, at) == length, "pwrite");
  }
  return NULL;
}

int main(int count, char **words) {
  if (count != 4) return fprintf(stderr, "floor FILE TARGET SERVERS\n"), 2;
  source = open(words[1], O_RDONLY);
  target = open(words[2], O_CREAT | O_TRUNC | O_WRONLY, 0666);
  servers = atoi(words[3]);
  struct stat facts;
  must(source >= 0 && target >= 0 && fstat(source, &facts) == 0, "open");
  must(servers > 0 && servers <= SERVERS_MAX, "servers");
  size = facts.st_size;
  for (int server = 0; server < servers; server++) {
    int listener = start_listening(&ports[server]);
    if (fork() == 0) serve(listener, server);
    close(listener);
  }
  pthread_t threads[SERVERS_MAX];
  for (long server = 0; server < servers; server++) pthread_create(&threads[server], NULL, fetch, (void *)server);
  unsigned sum = 0;
  for (int server = 0; server < servers; server++) {
    pthread_join(threads[server], NULL);
    sum += sums[server];
    wait(NULL);
  }
  printf("%u\n", sum);
  return 0;
}
