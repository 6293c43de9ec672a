package worker

import "slices"

// Select names the sources from which runs are taken besides the queues of the runner
// types that are served, see jobs.Source: lists for some agents, of which this worker is
// one. It replaces those named before, and the lanes look at new ones at once.
func (w *Worker) Select(sources []string) {
	w.changing.Lock()
	defer w.changing.Unlock()
	if slices.Equal(w.sources, sources) {
		return
	}
	w.sources = slices.Clone(sources)
	w.service.Store(newService(w.service.Load().runners, w.sources))
	w.ropes.nudge()
}
