package pgtest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged returns the user and the group to be instead of root, whom
// PostgreSQL does not serve.
func unprivileged() (uid, gid int) {
	uid, gid = 65534, 65534 // nobody, nearly everywhere
	if u, err := user.Lookup("nobody"); err == nil {
		if n, err := strconv.Atoi(u.Uid); err == nil {
			uid = n
		}
		if n, err := strconv.Atoi(u.Gid); err == nil {
			gid = n
		}
	}
	return uid, gid
}

// giveAway makes a directory that of the user who runs the server.
func giveAway(dir string) error {
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid := unprivileged()
	return os.Chown(dir, uid, gid)
}

// attributes makes a process one of that user. The server gets the signal for a
// fast shutdown when the tests die.
func attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT, Setpgid: true}
	if os.Getuid() == 0 {
		uid, gid := unprivileged()
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}
