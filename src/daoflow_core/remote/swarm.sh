# What a manager tells of its swarm, every question a step of its own (steps.sh). Nothing here changes anything.
#
# dft_swarm_observe          steps swarm, nodes, services, replicas, tasks; after the first silence nothing more is asked
# dft_swarm_leaving NODE     step leaving: every task that a node has or had
# dft_swarm_plain            steps node and plain: whose engine this is, and its containers that belong to no service
#
# The templates leave out whatever may hold a secret or is long: environments, arguments, options of volumes,
# labels of services, certificates. They are Go's, because Docker 20.10 knows no `--format json`.

dft_swarm_limit=25   # the engine itself gives up on a lost leader after 20 s, and its words say more than our silence

dft_swarm_self='{"NodeID":{{json .Swarm.NodeID}},"State":{{json .Swarm.LocalNodeState}},'\
'"Manager":{{json .Swarm.ControlAvailable}},"Error":{{json .Swarm.Error}},"Cluster":{{if .Swarm.Cluster}}'\
'{"ID":{{json .Swarm.Cluster.ID}},"Name":{{json .Swarm.Cluster.Spec.Name}}}{{else}}null{{end}}}'

dft_swarm_node='{"ID":{{json .ID}},"Version":{{json .Version.Index}},"Labels":{{json .Spec.Labels}},'\
'"Role":{{json .Spec.Role}},"Availability":{{json .Spec.Availability}},"Hostname":{{json .Description.Hostname}},'\
'"Platform":{{json .Description.Platform}},"Resources":{{json .Description.Resources}},'\
'"EngineVersion":{{json .Description.Engine.EngineVersion}},"EngineLabels":{{json .Description.Engine.Labels}},'\
'"Status":{{json .Status}},"ManagerStatus":{{json .ManagerStatus}}}'

dft_swarm_mounts='[{{range $i, $m := .Mounts}}{{if $i}},{{end}}{"Type":{{json $m.Type}},"Source":{{json $m.Source}},'\
'"Driver":{{if $m.VolumeOptions}}{{if $m.VolumeOptions.DriverConfig}}{{json $m.VolumeOptions.DriverConfig.Name}}'\
'{{else}}""{{end}}{{else}}""{{end}}}{{end}}]'

dft_swarm_service='{"ID":{{json .ID}},"Version":{{json .Version.Index}},"Name":{{json .Spec.Name}},'\
'"Stack":{{json (index .Spec.Labels "com.docker.stack.namespace")}},"Mode":{{json .Spec.Mode}},'\
'{{with .Spec.TaskTemplate.ContainerSpec}}"Image":{{json .Image}},"Mounts":'$dft_swarm_mounts',{{end}}'\
'"Placement":{{json .Spec.TaskTemplate.Placement}},"Resources":{{json .Spec.TaskTemplate.Resources}},'\
'"Ports":{{json .Endpoint.Ports}},"Wanted":{{if .Spec.EndpointSpec}}{{json .Spec.EndpointSpec.Ports}}{{else}}null{{end}},'\
'"Update":{{if .UpdateStatus}}{{json .UpdateStatus.State}}{{else}}null{{end}}}'

# dft_swarm_asked NAME WORD...: one docker command as a step; what it said stays in dft_out.
dft_swarm_asked() {
    dft_step_name=$1
    shift
    dft_run_frame "$dft_step_name" "docker $*"
    dft_run_docker "${dft_way:-plain}" "$@"
    dft_swarm_said
}

# dft_swarm_each NAME NOUN TEMPLATE: list, then inspect all of the list at once. dft_swarm_ids is the list.
dft_swarm_each() {
    dft_step_name=$1
    dft_run_frame "$dft_step_name" "docker $2 ls -q | docker $2 inspect"
    dft_run_docker "${dft_way:-plain}" "$2" ls -q
    dft_swarm_ids=
    if [ "$dft_status" -eq 0 ] && [ -n "$dft_out" ]; then
        dft_swarm_ids=$dft_out
        # shellcheck disable=SC2086 - ids hold no blanks
        dft_run_docker "${dft_way:-plain}" "$2" inspect --format "$3" $dft_swarm_ids
    fi
    dft_swarm_said
}

dft_swarm_said() {
    dft_swarm_status=$dft_status
    if [ "$dft_swarm_status" -eq 0 ]; then
        [ -z "$dft_out" ] || printf '%s\n' "$dft_out"
    else
        printf '%s\n' "$dft_out" >&2
    fi
    dft_exit_frame "$dft_step_name" "$dft_swarm_status"
    return "$dft_swarm_status"
}

dft_swarm_observe() {
    dft_limit=$dft_swarm_limit
    dft_swarm_asked swarm info --format "$dft_swarm_self" || return
    case $dft_out in *'"State":"active","Manager":true'*) ;; *) return ;; esac
    dft_swarm_each nodes node "$dft_swarm_node" || return
    dft_swarm_each services service "$dft_swarm_service" || return
    dft_swarm_asked replicas service ls --format '{{json .}}' || return
    dft_swarm_tasks
}

# Tasks that are wanted: running, soon to run, or, for jobs, to be completed. What was shut down is history.
dft_swarm_tasks() {
    [ -n "$dft_swarm_ids" ] || return 0
    # shellcheck disable=SC2086 - ids hold no blanks
    dft_swarm_asked tasks service ps --no-trunc --no-resolve --filter desired-state=running \
        --filter desired-state=ready --filter desired-state=complete --format '{{json .}}' $dft_swarm_ids
}

dft_swarm_leaving() {
    dft_swarm_asked leaving node ps --no-trunc --no-resolve --format '{{json .}}' "$1"
}

dft_swarm_plain() {
    dft_swarm_asked node info --format '{{.Swarm.NodeID}}' || return
    dft_swarm_asked plain ps --format '{{.ID}} {{.Names}} {{with .Label "com.docker.swarm.task.id"}}task{{else}}plain{{end}}'
}

# dft_swarm_change NOUN ID INDEX WORD...: a step `change`: `docker WORD...`, if what it changes is still of version INDEX.
# Status 201: it was changed since, so nothing was done.
dft_swarm_change() {
    dft_noun=$1 dft_id=$2 dft_index=$3
    shift 3
    dft_step_name=change
    dft_run_frame change "docker $*"
    dft_run_docker "${dft_way:-plain}" "$dft_noun" inspect --format 'dft={{.Version.Index}}' "$dft_id"
    if [ "$dft_status" -eq 0 ] && dft_marked && [ "$dft_value" != "$dft_index" ]; then
        dft_out='changed meanwhile: nothing was done' dft_status=201
    elif [ "$dft_status" -eq 0 ]; then
        dft_run_docker "${dft_way:-plain}" "$@"
    fi
    dft_swarm_said
}
