package koji

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultVolume is the name of the volume that every Koji has. Its directories
// lie directly in the topdir; those of any other volume lie below vol/NAME.
const DefaultVolume = "DEFAULT"

// PathInfo tells where the files of a Koji topdir lie. It only computes names
// and never touches a file system. The paths are POSIX paths, spelled as Koji
// spells them: a topdir written with a slash at its end yields a double slash.
//
// Names that come from outside are checked: a method that would have to return a
// path outside of its root fails with [ErrUnsafePath]. Names of tags, packages,
// volumes and build types may contain slashes, as Koji's rules allow; versions,
// releases, architectures, keys and file names may not.
//
// A volume is given by name. The empty name is not a synonym of [DefaultVolume]:
// Koji takes it for a volume of its own, and so does PathInfo.
//
// A PathInfo is a plain value, safe for concurrent use.
type PathInfo struct {
	Topdir string // for example /mnt/koji
}

// Volume returns the directory of a volume: TOPDIR or TOPDIR/vol/NAME.
func (p PathInfo) Volume(volume string) (string, error) {
	if volume == DefaultVolume {
		return p.Topdir, nil
	}
	if volume != "" {
		if err := checkRelative("volume", volume); err != nil {
			return "", err
		}
	}
	return p.Topdir + "/vol/" + volume, nil
}

// TopLink returns the symbolic link by which a volume other than the default
// leads back to the topdir: TOPDIR/vol/NAME/toplink.
func (p PathInfo) TopLink(volume string) (string, error) {
	if volume == "" || volume == DefaultVolume {
		return "", Errorf(ErrInvalid, FaultGeneric, "volume %q has no toplink", volume)
	}
	return p.underVolume(volume, "/toplink")
}

func (p PathInfo) underVolume(volume, rest string) (string, error) {
	dir, err := p.Volume(volume)
	if err != nil {
		return "", err
	}
	return dir + rest, nil
}

// Build returns the directory of a build: VOLUMEDIR/packages/NAME/VERSION/RELEASE.
// The epoch has no place in it.
func (p PathInfo) Build(nvr NVR, volume string) (string, error) {
	rel, err := buildPath(nvr)
	if err != nil {
		return "", err
	}
	return p.underVolume(volume, "/"+rel)
}

// BuildLink returns the text of the relative symbolic link that stands in the
// place of a build on the default volume when the build is kept on another:
// ../../../vol/NAME/packages/NAME/VERSION/RELEASE.
func (p PathInfo) BuildLink(nvr NVR, volume string) (string, error) {
	if volume == "" || volume == DefaultVolume {
		return "", Errorf(ErrInvalid, FaultGeneric, "no link leads to %s on volume %q", nvr, volume)
	}
	top := strings.Repeat("../", 2+strings.Count(nvr.Name, "/")) + ".."
	return PathInfo{Topdir: top}.Build(nvr, volume)
}

// BuildLogs returns the directory of a build's logs: BUILDDIR/data/logs.
func (p PathInfo) BuildLogs(nvr NVR, volume string) (string, error) {
	return p.underBuild(nvr, volume, "/data/logs")
}

// Metadata returns the file that keeps a content generator's metadata as it was
// given: BUILDDIR/metadata.json.
func (p PathInfo) Metadata(nvr NVR, volume string) (string, error) {
	return p.underBuild(nvr, volume, "/metadata.json")
}

// TypeDir returns the directory of a build's archives of one build type:
// BUILDDIR/maven, BUILDDIR/win, BUILDDIR/images for image, and
// BUILDDIR/files/BTYPE for any other type.
func (p PathInfo) TypeDir(nvr NVR, volume, btype string) (string, error) {
	switch btype {
	case "maven", "win":
		return p.underBuild(nvr, volume, "/"+btype)
	case "image":
		return p.underBuild(nvr, volume, "/images")
	}
	if err := checkRelative("build type", btype); err != nil {
		return "", err
	}
	return p.underBuild(nvr, volume, "/files/"+btype)
}

func (p PathInfo) underBuild(nvr NVR, volume, rest string) (string, error) {
	dir, err := p.Build(nvr, volume)
	if err != nil {
		return "", err
	}
	return dir + rest, nil
}

// RPM returns the path of an rpm relative to the directory of its build:
// ARCH/NAME-VERSION-RELEASE.ARCH.rpm.
func (p PathInfo) RPM(a NVRA) (string, error) {
	if err := a.Validate(); err != nil {
		return "", err
	}
	return a.Arch + "/" + a.Filename(), nil
}

// Signed returns the path of an rpm's signed copy relative to the directory of
// its build: data/signed/SIGKEY/ARCH/NAME-VERSION-RELEASE.ARCH.rpm.
func (p PathInfo) Signed(a NVRA, sigkey string) (string, error) {
	return p.underKey("data/signed/", a, sigkey, "")
}

// SigHeader returns the path of a saved signature header relative to the
// directory of its build:
// data/sigcache/SIGKEY/ARCH/NAME-VERSION-RELEASE.ARCH.rpm.sig. The empty key
// stands for the header of the unsigned file.
func (p PathInfo) SigHeader(a NVRA, sigkey string) (string, error) {
	return p.underKey("data/sigcache/", a, sigkey, ".sig")
}

func (p PathInfo) underKey(dir string, a NVRA, sigkey, suffix string) (string, error) {
	if sigkey != "" {
		if err := checkElement("signature key", sigkey); err != nil {
			return "", err
		}
	}
	rpm, err := p.RPM(a)
	if err != nil {
		return "", err
	}
	return dir + sigkey + "/" + rpm + suffix, nil
}

// MavenRepo returns the directory of a Maven artifact relative to that of the
// repository or of the build's Maven files: GROUP/ARTIFACT/VERSION, where the
// group id has slashes for dots.
//
// Koji spells an empty group id as a leading slash, and so does MavenRepo; to
// join such a path use [path.Join], not [JoinPath].
func (p PathInfo) MavenRepo(m MavenInfo) (string, error) {
	if err := checkText("group id", m.GroupID); err != nil {
		return "", err
	}
	if path.IsAbs(m.GroupID) {
		return "", unsafePath("group id", m.GroupID, "is absolute")
	}
	if err := checkElement("artifact id", m.ArtifactID); err != nil {
		return "", err
	}
	if err := checkElement("version", m.Version); err != nil {
		return "", err
	}
	return strings.ReplaceAll(m.GroupID, ".", "/") + "/" + m.ArtifactID + "/" + m.Version, nil
}

// MavenFile returns the path of one file of a Maven artifact relative to the
// directory that [PathInfo.MavenRepo] is relative to.
func (p PathInfo) MavenFile(m MavenInfo, filename string) (string, error) {
	dir, err := p.MavenRepo(m)
	if err != nil {
		return "", err
	}
	if err := checkElement("file name", filename); err != nil {
		return "", err
	}
	return dir + "/" + filename, nil
}

// WinFile returns the path of a Windows build's file relative to the build's
// directory of such files: RELPATH/FILENAME, where relpath may be empty.
func (p PathInfo) WinFile(relpath, filename string) (string, error) {
	if err := checkElement("file name", filename); err != nil {
		return "", err
	}
	if relpath == "" {
		return filename, nil
	}
	if err := checkRelative("relative path", relpath); err != nil {
		return "", err
	}
	return relpath + "/" + filename, nil
}

// Repo returns the directory of a repository made from a tag: TOPDIR/repos/TAG/ID.
func (p PathInfo) Repo(tag string, id RepoID) (string, error) {
	return p.underTag(p.Topdir+"/repos/", tag, strconv.FormatInt(int64(id), 10))
}

// LatestRepo returns the symbolic link to a tag's newest repository:
// TOPDIR/repos/TAG/latest. The text of the link is the bare repository id.
func (p PathInfo) LatestRepo(tag string) (string, error) {
	return p.underTag(p.Topdir+"/repos/", tag, "latest")
}

// RepoCache returns the directory of what is kept between the repositories of
// one tag: TOPDIR/repos/TAG/cache.
func (p PathInfo) RepoCache(tag string) (string, error) {
	return p.underTag(p.Topdir+"/repos/", tag, "cache")
}

// DistRepo returns the directory of a dist repository:
// VOLUMEDIR/repos-dist/TAG/ID.
func (p PathInfo) DistRepo(tag string, id RepoID, volume string) (string, error) {
	dir, err := p.underVolume(volume, "/repos-dist/")
	if err != nil {
		return "", err
	}
	return p.underTag(dir, tag, strconv.FormatInt(int64(id), 10))
}

// LatestDistRepo returns the symbolic link to a tag's newest dist repository:
// TOPDIR/repos-dist/TAG/latest. The text of the link is the bare repository id.
func (p PathInfo) LatestDistRepo(tag string) (string, error) {
	return p.underTag(p.Topdir+"/repos-dist/", tag, "latest")
}

func (p PathInfo) underTag(dir, tag, rest string) (string, error) {
	if err := checkRelative("tag", tag); err != nil {
		return "", err
	}
	return dir + tag + "/" + rest, nil
}

// Scratch returns the directory of scratch builds: TOPDIR/scratch.
func (p PathInfo) Scratch() string { return p.Topdir + "/scratch" }

// ScratchTask returns the directory of one scratch build:
// TOPDIR/scratch/OWNER/task_ID, with the name of the user who owns the task.
func (p PathInfo) ScratchTask(owner string, id TaskID) (string, error) {
	if err := checkRelative("user name", owner); err != nil {
		return "", err
	}
	return p.Scratch() + "/" + owner + "/task_" + strconv.FormatInt(int64(id), 10), nil
}

// Work returns the directory of uploads and task results on a volume:
// VOLUMEDIR/work.
func (p PathInfo) Work(volume string) (string, error) {
	return p.underVolume(volume, "/work")
}

// Task returns the directory of a task's results: VOLUMEDIR/work/tasks/N/ID,
// where N is the id modulo 10000.
func (p PathInfo) Task(id TaskID, volume string) (string, error) {
	return p.underVolume(volume, "/work/"+p.TaskRel(id))
}

// TaskRel returns [PathInfo.Task] relative to [PathInfo.Work].
func (p PathInfo) TaskRel(id TaskID) string {
	return "tasks/" + strconv.FormatInt(int64(id%10000), 10) + "/" + strconv.FormatInt(int64(id), 10)
}

// CGImportLogs returns the directory of logs left over from content generator
// imports: TOPDIR/work/cg_import_logs.
func (p PathInfo) CGImportLogs() string { return p.Topdir + "/work/cg_import_logs" }

// Upload returns the path of an upload: the file name in the directory reldir of
// [PathInfo.Work]. The name must be one element that does not start with a dot;
// the directory is cleaned lexically and must not climb out of the work
// directory, nor may its cleaned form start with two dots. An empty directory
// means the work directory itself.
//
// Whose directory it is, is the question of [UploadTask].
func (p PathInfo) Upload(volume, reldir, name string) (string, error) {
	if strings.HasPrefix(name, ".") || strings.Contains(name, "/") {
		return "", Errorf(ErrUnsafePath, FaultGeneric, "upload: file name %q has a directory part or starts with a dot", name)
	}
	dir := path.Clean(reldir)
	if strings.HasPrefix(dir, "..") {
		return "", Errorf(ErrUnsafePath, FaultGeneric, "upload: directory %q climbs out of the work directory", reldir)
	}
	work, err := p.Work(volume)
	if err != nil {
		return "", err
	}
	return JoinPath(work, dir, name)
}

// UploadTask returns the task whose results an upload directory holds: that of
// tasks/N/ID. ok is false for a directory outside of tasks, which belongs to the
// user who made it. A directory below tasks that names no task is an error.
func UploadTask(reldir string) (id TaskID, ok bool, err error) {
	elems := strings.Split(path.Clean(reldir), "/")
	if elems[0] != "tasks" {
		return 0, false, nil
	}
	if len(elems) < 3 {
		return 0, false, Errorf(ErrInvalid, FaultGeneric, "upload: directory %q names no task", reldir)
	}
	n, err := strconv.ParseInt(elems[2], 10, 64)
	if err != nil {
		return 0, false, Errorf(ErrInvalid, FaultGeneric, "upload: directory %q: task id %q is no integer", reldir, elems[2])
	}
	return TaskID(n), true, nil
}

// JoinPath joins segments to a root, as Koji does. Each segment is cleaned
// lexically first; one that is absolute, climbs out of the root or contains a
// NUL byte fails with [ErrUnsafePath]. An empty segment becomes a dot.
func JoinPath(root string, segments ...string) (string, error) {
	var b strings.Builder
	b.WriteString(root)
	for _, s := range segments {
		clean := path.Clean(s)
		switch {
		case path.IsAbs(clean):
			return "", unsafePath("segment", s, "is absolute")
		case clean == ".." || strings.HasPrefix(clean, "../"):
			return "", unsafePath("segment", s, "climbs out of its root")
		case strings.IndexByte(clean, 0) >= 0:
			return "", unsafePath("segment", s, "contains a NUL byte")
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "/") {
			b.WriteByte('/')
		}
		b.WriteString(clean)
	}
	return b.String(), nil
}

func buildPath(nvr NVR) (string, error) {
	if err := nvr.Validate(); err != nil {
		return "", err
	}
	return "packages/" + nvr.Name + "/" + nvr.Version + "/" + nvr.Release, nil
}

// checkElement reports whether s can be one element of a path.
func checkElement(what, s string) error {
	if strings.Contains(s, "/") {
		return unsafePath(what, s, "contains a slash")
	}
	return checkRelative(what, s)
}

// checkRelative reports whether s can be one or more elements in the middle of a
// path, so that two different names never mean the same place.
func checkRelative(what, s string) error {
	if err := checkText(what, s); err != nil {
		return err
	}
	for elem := range strings.SplitSeq(s, "/") {
		switch elem {
		case "":
			return unsafePath(what, s, "has an empty element")
		case ".", "..":
			return unsafePath(what, s, "has the element "+elem)
		}
	}
	return nil
}

// checkText reports whether s can stand in a file name at all.
func checkText(what, s string) error {
	if !utf8.ValidString(s) {
		return unsafePath(what, s, "is not UTF-8")
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return unsafePath(what, s, "contains a control character")
	}
	return nil
}

func unsafePath(what, s, why string) error {
	return Errorf(ErrUnsafePath, FaultGeneric, "unsafe path: %s %q %s", what, s, why)
}
