package proxy

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// HasSocket tells whether a process holds the end of a TCP connection that has these addresses. Linux tells that of one's own processes.
func HasSocket(pid int, local, remote string) bool {
	socket, ok := socketOf(local, remote)
	if !ok {
		return false
	}
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, f := range files {
		if at, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && at == "socket:["+socket+"]" {
			return true
		}
	}
	return false
}

// socketOf is the inode of a socket.
func socketOf(local, remote string) (inode string, ok bool) {
	want := make([]string, 2)
	for i, text := range []string{local, remote} {
		at, err := netip.ParseAddrPort(text)
		if err != nil || !at.Addr().Is4() {
			return "", false
		}
		ip := at.Addr().As4()
		want[i] = fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], at.Port())
	}
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", false
	}
	defer table.Close()
	for lines := bufio.NewScanner(table); lines.Scan(); {
		// number, local, remote, state, queues, timer, retransmits, uid, timeout, inode
		if f := strings.Fields(lines.Text()); len(f) > 9 && f[1] == want[0] && f[2] == want[1] {
			return f[9], true
		}
	}
	return "", false
}
