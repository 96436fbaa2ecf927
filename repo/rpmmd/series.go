package rpmmd

// series is a sequence of packages on its way into files that are cut in the same
// places.
type series struct {
	bySource bool // frames are runs of packages of one source
	files    []*file
	block    []*Package
	paths    int // bytes of file paths in the block
}

// series returns what is to be made: each document in the compression of the
// repository, and as zchunk if that is asked for as well.
func (o *Options) series(workers int) ([]*series, error) {
	compressions := []Compression{o.compression()}
	if o.zchunk() && compressions[0] != Zchunk {
		compressions = append(compressions, Zchunk)
	}
	var all []*series
	for i, c := range compressions {
		s := &series{bySource: c == Zchunk}
		common, err := o.encoder(c, workers, "")
		if err != nil {
			return nil, err
		}
		for _, d := range o.documents() {
			f := &file{document: d, series: s, compression: c, encoder: common}
			if c == Zchunk && len(o.Dictionaries[d.name]) > 0 {
				if f.encoder, err = o.encoder(c, workers, d.name); err != nil {
					return nil, err
				}
			}
			// The second time it is the same, and that of an uncompressed file is
			// the hash of the file.
			if i == 0 && c != Uncompressed {
				if f.open, err = o.Checksum.New(); err != nil {
					return nil, err
				}
			}
			s.files = append(s.files, f)
		}
		all = append(all, s)
	}
	return all, nil
}

// encoder returns an encoder, for zchunk with the dictionary of a file of the given
// name.
func (o *Options) encoder(c Compression, workers int, name string) (encoder, error) {
	level := o.Level
	if c == Zchunk && o.compression() != Zstd {
		level = 0 // the other scale
	}
	return c.encoder(level, workers, o.Dictionaries[name])
}

// A block ends after a package whose name says so, as soon as it has a least
// number of packages, or when it has a greatest. Where blocks end depends
// on what is in them, so that a change of one package changes one or two blocks
// and leaves the frames of all others as they were.
const (
	leastBlock    = 64
	greatestBlock = 1024
	meanGap       = 256 // packages between names that end a block

	// greatestRun is how many packages of one source stay together.
	greatestRun = 8192

	// greatestPaths ends a block as well, to bound the memory that it takes: bytes
	// of file paths, of which a block has commonly a third. A source may have
	// more of them.
	greatestPaths    = 4 << 20
	greatestRunPaths = 64 << 20
)

// ends tells whether the block, which is not empty, ends before the next package.
func (s *series) ends(next *Package) bool {
	n := len(s.block)
	last := s.block[n-1]
	if s.bySource && sameSource(last, next) {
		return n >= greatestRun || s.paths >= greatestRunPaths
	}
	if s.bySource && n >= leastBlock || s.paths >= greatestPaths {
		return true
	}
	return !s.bySource && endsBlock(last.Name, n)
}

// sameSource tells whether packages have been built from the same source. Source
// packages do not say, and are of one source as far as chunks are concerned.
func sameSource(a, b *Package) bool { return a.SourceRPM == b.SourceRPM }

func endsBlock(name string, n int) bool {
	return n >= leastBlock && fnv32(name)%meanGap == 0 || n >= greatestBlock
}

// fnv32 is the hash FNV-1a.
func fnv32(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
