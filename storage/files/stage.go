package files

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/kojikit/kojikit/koji"
)

// stagingDir is where stages are, below the directory of each volume.
const stagingDir = ".staging"

// Stage is a hidden place in which files are made ready before all of them
// become visible. It lies on the volume they go to, because they get there by
// rename and hard link. Names in a stage are those that the files are going to
// have below the volume's directory.
//
// A stage ends with Discard. What a process leaves behind that dies before that,
// [Tree.Leftovers] finds: a stage is locked as long as it is in use.
//
// Import, WriteFile, Rename and Open may be called concurrently.
type Stage struct {
	tree   *Tree
	volume string // directory of the volume
	dir    string // directory of the stage
	lock   *os.File
	staged root // directory of the staged files

	mu        sync.Mutex
	dirs      map[string]bool // made in staged
	pending   []string        // files and directories to sync
	published []publication
}

// Entries of a stage's directory.
const (
	lockName    = "lock"
	journalName = "journal"
	stagedName  = "files"
)

// Stage opens a new stage on the volume that has the given directory, "." for
// the default volume. The directory must be there: if it is not, something may
// not be mounted.
func (t *Tree) Stage(volume string) (*Stage, error) {
	volume, err := clean(volume)
	if err != nil {
		return nil, err
	}
	if _, err := t.Stat(volume); err != nil {
		return nil, err
	}
	for {
		dir := path.Join(volume, stagingDir, strconv.FormatInt(t.seq.Add(1), 10))
		_, err := t.root.within(dir, func() error { return t.root.mkdir(dir) })
		if errors.Is(err, koji.ErrExists) {
			continue
		}
		if err != nil {
			return nil, err
		}
		s, err := t.takeStage(volume, dir)
		if err != nil {
			return nil, errors.Join(err, t.root.removeAll(context.Background(), dir))
		}
		if s != nil {
			return s, nil
		}
	}
}

// takeStage locks a stage and opens it, or returns nil if it is somebody else's.
func (t *Tree) takeStage(volume, dir string) (*Stage, error) {
	lock, err := t.takeLock(path.Join(dir, lockName))
	if lock == nil {
		return nil, err
	}
	staged := path.Join(dir, stagedName)
	if err := t.root.mkdir(staged); err != nil && !errors.Is(err, koji.ErrExists) {
		return nil, errors.Join(err, lock.Close())
	}
	r, err := t.root.OpenRoot(staged)
	if err != nil {
		return nil, errors.Join(t.root.explain(err), lock.Close())
	}
	return &Stage{
		tree: t, volume: volume, dir: dir, lock: lock,
		staged: root{Root: r, prefix: staged, before: t.root.before},
		dirs:   map[string]bool{".": true},
	}, nil
}

// takeLock creates or opens a lock file and locks it. It returns nil if somebody
// else has the lock, or removed the file while it was being taken.
func (t *Tree) takeLock(name string) (*os.File, error) {
	lock, err := t.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, gone(t.root.explain(err))
	}
	ok, err := tryLock(lock)
	if ok {
		var mine, now fs.FileInfo
		if mine, err = lock.Stat(); err == nil {
			now, err = t.root.lstat(name)
		}
		if err == nil && os.SameFile(mine, now) {
			return lock, nil
		}
	}
	return nil, errors.Join(gone(err), lock.Close())
}

// Leftovers returns the stages on a volume that nobody works with any more. The
// caller has them now and must Discard or Close each.
func (t *Tree) Leftovers(volume string) ([]*Stage, error) {
	volume, err := clean(volume)
	if err != nil {
		return nil, err
	}
	entries, err := t.ReadDir(path.Join(volume, stagingDir))
	if err != nil {
		return nil, gone(err)
	}
	var list []*Stage
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		s, err := t.takeStage(volume, path.Join(volume, stagingDir, e.Name()))
		if err != nil {
			for _, s := range list {
				err = errors.Join(err, s.Close())
			}
			return nil, err
		}
		if s != nil {
			list = append(list, s)
		}
	}
	return list, nil
}

// ID returns the name of the stage among those of its volume.
func (s *Stage) ID() string { return path.Base(s.dir) }

// Import stages the open file src, which may be anywhere, under a name that is
// free. If link is true it tries a hard link first: then the file must not be
// changed in place any more. It also must be readable by all, since a link shares
// its permissions. Otherwise it makes a copy, sharing blocks where the file
// system can, with the same modification time.
func (s *Stage) Import(ctx context.Context, src *os.File, name string, link bool) error {
	name, err := s.parents(name)
	if err != nil {
		return err
	}
	if link, err = linkable(src, link); err != nil {
		return err
	}
	if link {
		full := filepath.Join(s.staged.Name(), name)
		linked, err := s.staged.linked(src, name, func() error {
			return s.staged.change("link", name, func() error { return os.Link(src.Name(), full) })
		})
		if err != nil || linked {
			return err
		}
	}
	dst, err := s.staged.create(name)
	if err != nil {
		return err
	}
	err = errors.Join(s.staged.copy(ctx, dst, src, name), s.staged.explain(dst.Close()))
	if err != nil {
		return err
	}
	// A copy is as old as a link would be: metadata shows the time.
	info, err := src.Stat()
	if err != nil {
		return err
	}
	return s.staged.explain(s.staged.Chtimes(name, info.ModTime(), info.ModTime()))
}

// linkable refuses what is no regular file, and says whether a link to src will do.
func linkable(src *os.File, link bool) (bool, error) {
	info, err := src.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s is no regular file", src.Name())
	}
	return link && info.Mode()&0o444 == 0o444, nil
}

// WriteFile stages a file that holds data under a name that is free.
func (s *Stage) WriteFile(name string, data []byte) error {
	name, err := s.parents(name)
	if err != nil {
		return err
	}
	f, err := s.staged.create(name)
	if err != nil {
		return err
	}
	err = s.staged.change("write", name, func() error {
		_, err := f.Write(data)
		return err
	})
	return errors.Join(err, s.staged.explain(f.Close()))
}

// Open opens a staged file for reading.
func (s *Stage) Open(name string) (*os.File, error) {
	name, err := clean(name)
	if err != nil {
		return nil, err
	}
	return s.staged.open(name)
}

// Rename gives a staged file another name, which must be free.
func (s *Stage) Rename(oldname, newname string) error {
	oldname, err := clean(oldname)
	if err != nil {
		return err
	}
	if newname, err = s.parents(newname); err != nil {
		return err
	}
	if err := s.staged.link(oldname, newname); err != nil {
		return err
	}
	return s.staged.remove(oldname)
}

// parents makes the directories above a name, and notes all of it to be synced.
func (s *Stage) parents(name string) (string, error) {
	name, err := clean(name)
	if err != nil {
		return "", err
	}
	dir := path.Dir(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, name)
	if s.dirs[dir] {
		return name, nil
	}
	if _, err := s.staged.mkdirAll(dir); err != nil {
		return "", err
	}
	for ; !s.dirs[dir]; dir = path.Dir(dir) {
		s.dirs[dir] = true
		s.pending = append(s.pending, dir)
	}
	return name, nil
}

// Sync makes everything staged so far durable.
func (s *Stage) Sync(ctx context.Context) error {
	s.mu.Lock()
	pending := s.pending
	s.pending = nil
	s.mu.Unlock()
	return s.staged.syncAll(ctx, append(pending, "."))
}

// WriteJournal keeps, beside the staged files, what write writes, for whoever
// finds the stage as a leftover. It replaces an earlier journal at once and is
// durable.
func (s *Stage) WriteJournal(write func(io.Writer) error) error {
	f, err := s.tree.Create(path.Join(s.dir, journalName))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Commit()
}

// Journal opens the journal. If there is none the error is koji.ErrNotFound.
func (s *Stage) Journal() (*os.File, error) {
	return s.tree.root.open(path.Join(s.dir, journalName))
}

// Close gives the stage up without removing it, as the end of the process would.
func (s *Stage) Close() error { return errors.Join(s.staged.Close(), s.lock.Close()) }

// Discard removes the stage with all that is still in it. What was published
// stays.
func (s *Stage) Discard() error {
	// The journal goes first: as long as it is there, a file that is not in the
	// stage is taken for published. The lock goes last, as far as possible:
	// whoever looks for leftovers may make a lock file of their own when it is
	// gone, and then the rest is up to them.
	err := s.discard(journalName, stagedName)
	if err == nil {
		var rest []fs.DirEntry
		rest, err = s.tree.ReadDir(s.dir)
		for _, e := range rest {
			if e.Name() != lockName {
				err = errors.Join(err, s.discard(e.Name()))
			}
		}
	}
	if err == nil {
		err = s.discard(lockName)
		if e := s.tree.root.remove(s.dir); !errors.Is(e, koji.ErrExists) {
			err = errors.Join(err, gone(e))
		}
	}
	return errors.Join(err, s.Close())
}

func (s *Stage) discard(names ...string) error {
	for _, name := range names {
		if err := s.tree.root.removeAll(context.Background(), path.Join(s.dir, name)); err != nil {
			return err
		}
	}
	return nil
}
