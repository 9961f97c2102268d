/**
 * {{ message }}
 *
 * Revision ID: {{ revisionId }}
 * Revises: {{ revises }}
 * Create Date: {{ createDate }}
 */
{{ imports }}

export const revision: RevisionId = {{ revision }};
export const downRevision: RevisionId | readonly RevisionId[] | null = {{ downRevision }};
export const branchLabels: readonly string[] | null = {{ branchLabels }};
export const dependsOn: RevisionId | readonly RevisionId[] | null = {{ dependsOn }};

export async function upgrade(op: Operations): Promise<void> {
{{ upgrade }}
}

export async function downgrade(op: Operations): Promise<void> {
{{ downgrade }}
}
