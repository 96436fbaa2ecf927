package policy

import "sync"

// Data is what a hook tells a policy about the case to be decided: values by key.
// Get reports false for a key that is absent, which is not the same as null. It
// may be called many times and from several goroutines, and must answer alike.
type Data interface {
	Get(key string) (Value, bool)
}

// Values is [Data] made of a map. Nil is valid and empty.
type Values map[string]Value

// Get returns the value of a key.
func (m Values) Get(key string) (Value, bool) {
	v, ok := m[key]
	return v, ok
}

// ValuesOf converts a map as [ValueOf] does.
func ValuesOf(m map[string]any) (Values, error) {
	out := make(Values, len(m))
	for key, x := range m {
		v, err := ValueOf(x)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// Overlay is [Data] that can be written to: what is set hides the values of the
// data below, which never change.
//
// Some tests leave derived values behind: package writes _package, user writes
// _username. Without an overlay these live as long as one evaluation. Evaluations
// that share an overlay see those of the ones before, as in Koji, where the
// channel and the priority policy and all builds of a moveAllBuilds call work on
// one map. An Overlay is safe for concurrent use.
type Overlay struct {
	base Data

	mu  sync.RWMutex
	set map[string]Value
}

// NewOverlay returns an empty overlay above base, which may be nil.
func NewOverlay(base Data) *Overlay { return &Overlay{base: base} }

// Get returns the value of a key.
func (o *Overlay) Get(key string) (Value, bool) {
	o.mu.RLock()
	v, ok := o.set[key]
	o.mu.RUnlock()
	if !ok && o.base != nil {
		return o.base.Get(key)
	}
	return v, ok
}

// Set sets the value of a key.
func (o *Overlay) Set(key string, v Value) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.set == nil {
		o.set = make(map[string]Value)
	}
	o.set[key] = v
}
