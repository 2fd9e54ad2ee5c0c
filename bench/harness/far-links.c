/*
 * Links of a given rate and delay on one machine, for kernels without netem: a TUN device whose packets come back.
 *
 *   far-links ADDRESS MTU, then on stdin at any time: RTT_MS MBIT QUEUE_BYTES
 *
 * ADDRESS (say 198.18.0.1) becomes this machine's end of a /24. A packet to another address of that net has its two
 * addresses swapped and is delivered again, so 198.18.0.2:9000 is a server that listens on 198.18.0.1:9000, and the kernel's
 * own TCP sees the delay. Sums of swapped addresses are the same: no checksum changes. Every other address is a link of its
 * own, with a lane for each direction: MBIT in sending order, QUEUE_BYTES before its head (what is beyond is dropped, as
 * routers do), then half of RTT_MS. A port that a SYN is sent to is that of a server.
 * Says "ready DEVICE", then lives until stdin ends; the device goes with it.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Packets are looked at this often: delays are right to half a millisecond, and a lane of 100 Mbit/s wakes us for four. */
#define TICK_NS 500000L
/* Packets that may wait in the device between two looks: a burst of the senders, not a queue of the link. */
#define DEVICE_PACKETS 4096
#define PACKET_BYTES_MAX 65536
#define LINKS 256
/* Flags of a TCP header. */
#define SYN 0x02
#define ACK 0x10

struct packet {
  struct packet *next;
  double due;
  uint16_t length;
  uint8_t bytes[];
};

/* Due times of a lane never decrease, so a list in order of arrival is enough. */
struct lane {
  struct packet *first, *last;
  double free_at;
};

static struct lane lanes[LINKS][2];
static uint8_t is_server[65536];
static double seconds_there = 0, bytes_per_second = 1e9, queue_bytes = 1e6;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void set(int sock, unsigned long request, struct ifreq *ifr, const char *what) {
  if (ioctl(sock, request, ifr) < 0) fail(what);
}

static void set_address(int sock, unsigned long request, struct ifreq *ifr, const char *address) {
  struct sockaddr_in *in = (struct sockaddr_in *)&ifr->ifr_addr;
  memset(in, 0, sizeof *in);
  in->sin_family = AF_INET;
  if (inet_pton(AF_INET, address, &in->sin_addr) != 1) fail(address);
  set(sock, request, ifr, address);
}

static int open_device(const char *address, int mtu) {
  struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(ifr.ifr_name, "fdlbench%d");
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (tun < 0) fail("/dev/net/tun");
  set(tun, TUNSETIFF, &ifr, "TUNSETIFF");
  int sock = socket(AF_INET, SOCK_DGRAM, 0);
  set_address(sock, SIOCSIFADDR, &ifr, address);
  set_address(sock, SIOCSIFNETMASK, &ifr, "255.255.255.0");
  ifr.ifr_mtu = mtu;
  set(sock, SIOCSIFMTU, &ifr, "mtu");
  ifr.ifr_qlen = DEVICE_PACKETS;
  set(sock, SIOCSIFTXQLEN, &ifr, "queue length");
  set(sock, SIOCGIFFLAGS, &ifr, "flags");
  ifr.ifr_flags |= IFF_UP;
  set(sock, SIOCSIFFLAGS, &ifr, "up");
  close(sock);
  printf("ready %s\n", ifr.ifr_name);
  fflush(stdout);
  return tun;
}

/* The lane of a TCP packet over IPv4, after its addresses were swapped; NULL for anything else. */
static struct lane *turn_round(uint8_t *ip, int length) {
  int header = (ip[0] & 15) * 4;
  if (length < 40 || ip[0] >> 4 != 4 || ip[9] != IPPROTO_TCP || length < header + 20) return NULL;
  uint8_t source[4];
  memcpy(source, ip + 12, 4);
  memcpy(ip + 12, ip + 16, 4);
  memcpy(ip + 16, source, 4);
  int from_port = ip[header] << 8 | ip[header + 1], to_port = ip[header + 2] << 8 | ip[header + 3];
  int flags = ip[header + 13] & (SYN | ACK);
  if (flags == SYN) is_server[to_port] = 1;
  /* A packet to a server goes to the link of its new source, one from a server as well: the far end. */
  return &lanes[ip[15]][is_server[from_port]];
}

static void enqueue(const uint8_t *bytes, int length, struct lane *lane, double time) {
  if (lane->free_at < time) lane->free_at = time;
  if ((lane->free_at - time) * bytes_per_second > queue_bytes) return;
  lane->free_at += length / bytes_per_second;
  struct packet *packet = malloc(sizeof *packet + length);
  if (packet == NULL) fail("memory");
  packet->next = NULL;
  packet->due = lane->free_at + seconds_there;
  packet->length = length;
  memcpy(packet->bytes, bytes, length);
  if (lane->first == NULL) lane->first = packet;
  else lane->last->next = packet;
  lane->last = packet;
}

static void take_in(int tun) {
  static uint8_t bytes[PACKET_BYTES_MAX];
  for (;;) {
    int length = read(tun, bytes, sizeof bytes);
    if (length <= 0) return;
    struct lane *lane = turn_round(bytes, length);
    if (lane != NULL) enqueue(bytes, length, lane, now());
  }
}

static void deliver(int tun, struct lane *lane, double time) {
  while (lane->first != NULL && lane->first->due <= time) {
    struct packet *packet = lane->first;
    lane->first = packet->next;
    if (write(tun, packet->bytes, packet->length) < 0) fail("write");
    free(packet);
  }
}

/* Takes a command; 0 when there will be none any more. */
static int obey(void) {
  char line[100];
  double rtt_ms, mbit, queue;
  int length = read(STDIN_FILENO, line, sizeof line - 1);
  if (length <= 0) return length < 0;
  line[length] = 0;
  if (sscanf(line, "%lf %lf %lf", &rtt_ms, &mbit, &queue) != 3) return 0;
  seconds_there = rtt_ms / 2e3;
  bytes_per_second = mbit * 1e6 / 8;
  queue_bytes = queue;
  printf("set\n");
  fflush(stdout);
  return 1;
}

int main(int count, char **words) {
  if (count != 3) return fprintf(stderr, "far-links ADDRESS MTU\n"), 2;
  prctl(PR_SET_TIMERSLACK, 1);
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  int tun = open_device(words[1], atoi(words[2]));
  struct timespec tick = {0, TICK_NS};
  while (obey()) {
    take_in(tun);
    double time = now();
    for (int link = 0; link < LINKS; link++)
      for (int direction = 0; direction < 2; direction++) deliver(tun, &lanes[link][direction], time);
    nanosleep(&tick, NULL);
  }
}
