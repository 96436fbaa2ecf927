package policy

import (
	"context"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// TaskCreation is a task that is about to be made: the data of the policies channel
// and priority.
type TaskCreation struct {
	Method string
	Args   []Value // of the request; see [TaskData]
	Arch   string
	Label  *string     // nil is null
	Parent *ParentTask // nil is null
	Owner  koji.UserID
	// Channel is the channel asked for; zero for none.
	Channel Ref
	// Priority is what the caller asked for; nil for the usual: 20, or for a child
	// one less than its parent's.
	Priority *int
}

// ParentTask is what a new task needs to know of its parent.
type ParentTask struct {
	ID       koji.TaskID
	Channel  koji.ChannelID
	Priority int
}

// Placement is where a new task goes.
type Placement struct {
	Channel  *Channel
	Priority int // lower runs first
	// ByChannel and ByPriority are the decisions of the two policies.
	ByChannel, ByPriority Decision
}

const (
	defaultChannelName  = "default"
	defaultTaskPriority = 20
)

// Get implements [Data], without what follows from the task's arguments.
func (t *TaskCreation) Get(key string) (Value, bool) {
	switch key {
	case "method":
		return String(t.Method), true
	case "arch":
		return String(t.Arch), true
	case "parent":
		if t.Parent == nil {
			return Value{}, true
		}
		return Int(t.Parent.ID), true
	case "label":
		return textOrNull(t.Label), true
	case "owner", "user_id":
		return Int(t.Owner), true
	case "req_channel":
		return t.Channel.Value(), t.Channel != (Ref{})
	}
	return Value{}, false
}

// taskData is the data of a task with what follows from its arguments.
type taskData struct {
	task    *TaskCreation
	derived Values
}

func (d *taskData) Get(key string) (Value, bool) {
	if v, ok := d.derived[key]; ok {
		return v, true
	}
	return d.task.Get(key)
}

// Place decides by the policies channel and priority, in this order and on the same
// data, where a new task goes. Everything that is wrong, with the request or with
// the policies, is an error.
func (s *Set) Place(ctx context.Context, t *TaskCreation, lookups Lookups) (Placement, error) {
	if lookups == nil {
		return Placement{}, failure(LookupFailed, "", "there is nothing to look into for channels")
	}
	scope := NewScope(lookups)
	var requested *Channel
	if t.Channel != (Ref{}) {
		var err error
		if requested, err = enabledChannel(ctx, scope, t.Channel); err != nil {
			return Placement{}, err
		}
	}
	derived, err := TaskData(ctx, t.Method, t.Args, scope)
	if err != nil {
		return Placement{}, err
	}
	data := NewOverlay(&taskData{task: t, derived: derived})
	u := s.current.Load()
	var p Placement
	if p.ByChannel, err = s.eval(ctx, u, "channel", data, scope); err != nil {
		return Placement{}, err
	}
	if p.Channel, err = s.channel(ctx, t, requested, &p.ByChannel, scope); err != nil {
		return Placement{}, err
	}
	if p.ByPriority, err = s.eval(ctx, u, "priority", data, scope); err != nil {
		return Placement{}, err
	}
	p.Priority, err = s.priority(ctx, t, &p.ByPriority)
	return p, err
}

// channel returns the channel that a decision means.
func (s *Set) channel(ctx context.Context, t *TaskCreation, requested *Channel, d *Decision, scope *Scope) (*Channel, error) {
	if !d.Matched {
		s.options.Logger.WarnContext(ctx, "no channel policy match", "method", t.Method)
		return findChannel(ctx, scope, ByName(defaultChannelName))
	}
	fields := strings.FieldsFunc(d.Action, isSpace)
	switch {
	case len(fields) > 1 && fields[0] == "use":
		return enabledChannel(ctx, scope, ByName(fields[1]))
	case len(fields) > 0 && fields[0] == "req" && requested != nil:
		return requested, nil
	case len(fields) > 0 && fields[0] == "parent" && t.Parent != nil:
		return findChannel(ctx, scope, ByID(t.Parent.Channel))
	}
	s.options.Logger.ErrorContext(ctx, "invalid action in channel policy", "rule", d.Report())
	return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "invalid channel policy")
}

func findChannel(ctx context.Context, scope *Scope, ref Ref) (*Channel, error) {
	c, err := scope.Channel(ctx, ref)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "no such channel: %s", ref)
	}
	return c, nil
}

func enabledChannel(ctx context.Context, scope *Scope, ref Ref) (*Channel, error) {
	c, err := findChannel(ctx, scope, ref)
	if err == nil && !c.Enabled {
		return nil, koji.Errorf(koji.ErrState, koji.FaultGeneric, "channel %s is disabled", ref)
	}
	return c, err
}

// priority returns the priority that a decision means.
func (s *Set) priority(ctx context.Context, t *TaskCreation, d *Decision) (int, error) {
	start := defaultTaskPriority
	switch {
	case t.Priority != nil:
		start = *t.Priority
	case t.Parent != nil:
		start = t.Parent.Priority - 1
	}
	if !d.Matched {
		s.options.Logger.WarnContext(ctx, "no priority policy match", "method", t.Method)
		return start, nil
	}
	fields := strings.FieldsFunc(d.Action, isSpace)
	if len(fields) > 0 && fields[0] == "stay" {
		return start, nil
	}
	if len(fields) > 1 {
		n, err := parsePriority(fields[1])
		switch {
		case err != nil:
		case fields[0] == "set":
			return n, nil
		case fields[0] == "adjust":
			return start + n, nil
		}
	}
	s.options.Logger.ErrorContext(ctx, "invalid action in priority policy", "rule", d.Report())
	return 0, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "invalid priority policy")
}
