# Stacks: a compose file is fed to Docker on its standard input, so it is in no file and in no argument list.
#
# dft_file     the file as it is applied; set by the line before
# dft_stack    the name of the stack
#
# dft_fed_step NAME WORD...         a docker command fed with the file
# dft_hushed_step NAME WORD...      the same, and what it prints on stdout is thrown away: it would hold the values
# dft_place_step NAME PATH          whether a place is there
# dft_seen_compose PREFIX           steps PREFIXcontainers: what runs under the name on an engine
# dft_seen_swarm PREFIX             steps PREFIXservices, PREFIXspecs, PREFIXtasks: the same on a swarm
# dft_kept LABEL                    steps volumes, networks: what bears the name and would stay or go

# Nothing of the user's own shell decides what Compose does, and no folder lends it an .env file.
unset COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PROJECT_NAME COMPOSE_ENV_FILES COMPOSE_PATH_SEPARATOR \
    COMPOSE_IGNORE_ORPHANS COMPOSE_REMOVE_ORPHANS COMPOSE_PARALLEL_LIMIT COMPOSE_CONVERT_WINDOWS_PATHS
cd / || :

dft_feed() {
    case $dft_timeout in
        new) timeout -k 1 "$dft_limit" "$@" ;;
        old) timeout -t "$dft_limit" "$@" ;;
        *) "$@" ;;  # a reader that hangs is ended with its session
    esac
}

dft_fed() {
    case $dft_way:$dft_timeout in
        sudo:new) printf '%s' "$dft_file" | sudo -n timeout -k 1 "$dft_limit" docker "$@" ;;
        sudo:* | sudo-docker:*) printf '%s' "$dft_file" | dft_feed sudo -n docker "$@" ;;
        rootless:*) printf '%s' "$dft_file" | dft_feed docker -H "unix://$dft_socket" "$@" ;;
        *) printf '%s' "$dft_file" | dft_feed docker "$@" ;;
    esac
}

dft_fed_step() {
    dft_step_name=$1
    shift
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    dft_run_frame "$dft_step_name" "docker $*"
    dft_fed "$@"
    dft_status=$?
    dft_exit_frame "$dft_step_name" "$dft_status"
    return "$dft_status"
}

dft_hushed_step() {
    dft_step_name=$1
    shift
    [ -n "${dft_timeout-}" ] || dft_find_timeout
    dft_run_frame "$dft_step_name" "docker $*"
    dft_fed "$@" >/dev/null
    dft_status=$?
    dft_exit_frame "$dft_step_name" "$dft_status"
    return "$dft_status"
}

dft_place_step() {
    dft_step "$1" ls -d -- "$2" || :
}

# With the tool that the host has for it; status 127 of the step `validate` says that there is none.
dft_validate_compose() {
    dft_docker_step compose compose version --short || return 0
    dft_hushed_step validate compose --project-directory / --env-file /dev/null -p "$dft_stack" -f - config -q || :
}

dft_validate_swarm() {
    dft_docker_step swarm info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Nodes}}' || :
    dft_run_docker "${dft_way:-plain}" stack --help
    case $dft_out in
        *'  config '*) dft_hushed_step validate stack config -c - || : ;;
        *)
            dft_docker_step compose compose version --short || return 0
            dft_hushed_step validate compose --project-directory / --env-file /dev/null -p "$dft_stack" -f - config -q || :
            ;;
    esac
}

# dft_each NAME TEMPLATE NOUN WORD...: list, then inspect what was listed; what vanished meanwhile is left out.
dft_each() {
    dft_step_name=$1 dft_template=$2 dft_noun=$3
    shift 3
    dft_run_frame "$dft_step_name" "docker $* | docker $dft_noun inspect"
    dft_run_docker "${dft_way:-plain}" "$@"
    dft_listed=$dft_status
    if [ "$dft_listed" -ne 0 ]; then
        printf '%s\n' "$dft_out" >&2
    elif [ -n "$dft_out" ]; then
        set -f
        # shellcheck disable=SC2086 - ids hold no blanks
        set -- $dft_out
        set +f
        dft_run_docker "${dft_way:-plain}" "$dft_noun" inspect --format "$dft_template" "$@"
        case $dft_status:$dft_out in
            0:* | 1:*[Nn]'o such '*) printf '%s\n' "$dft_out" ;;
            *)
                printf '%s\n' "$dft_out" >&2
                dft_listed=$dft_status
                ;;
        esac
    fi
    dft_exit_frame "$dft_step_name" "$dft_listed"
}

dft_container_facts='[{{json (index .Config.Labels "com.docker.compose.service")}},{{json .Name}},{{json .Config.Image}},{{json .State.Status}},{{.State.ExitCode}},{{.RestartCount}},{{json .State.StartedAt}},{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}},{{json .HostConfig.RestartPolicy.Name}}]'
dft_service_facts='[{{json .Spec.Name}},{{json .Spec.TaskTemplate.ContainerSpec.Image}},{{if .UpdateStatus}}{{json .UpdateStatus.State}}{{else}}""{{end}},{{if .UpdateStatus}}{{json .UpdateStatus.Message}}{{else}}""{{end}}]'

dft_seen_compose() {
    dft_each "${1}containers" "$dft_container_facts" container \
        container ls -aq --no-trunc --filter "label=com.docker.compose.project=$dft_stack" \
        --filter label=com.docker.compose.oneoff=False
}

dft_seen_swarm() {
    dft_docker_step "${1}services" service ls --filter "label=com.docker.stack.namespace=$dft_stack" --format '{{json .}}' || :
    dft_each "${1}specs" "$dft_service_facts" service \
        service ls -q --filter "label=com.docker.stack.namespace=$dft_stack"
    dft_run_frame "${1}tasks" "docker stack ps $dft_stack"
    dft_run_docker "${dft_way:-plain}" stack ps "$dft_stack" --no-trunc --format '{{json .}}'
    case $dft_status:$dft_out in
        0:*) printf '%s\n' "$dft_out" ;;
        1:'nothing found in stack:'*) dft_status=0 ;;
        *) printf '%s\n' "$dft_out" >&2 ;;
    esac
    dft_exit_frame "${1}tasks" "$dft_status"
}

dft_kept() {
    dft_docker_step volumes volume ls -q --filter "label=$1=$dft_stack" || :
    dft_docker_step networks network ls --filter "label=$1=$dft_stack" --format '{{.Name}}' || :
}
