metadata description = 'The workbook. In workbook.json the query of each part is the name of a file of infra/queries; here its text is put in place.'

param displayName string
param location string
param tags object
param workspaceId string

@description('What every query begins with.')
param queryPrologue string

var queries = {
  'webhook-outcomes.kql': loadTextContent('../queries/webhook-outcomes.kql')
  'webhook-latency.kql': loadTextContent('../queries/webhook-latency.kql')
  'webhook-stages.kql': loadTextContent('../queries/webhook-stages.kql')
  'webhook-types.kql': loadTextContent('../queries/webhook-types.kql')
  'webhook-degraded.kql': loadTextContent('../queries/webhook-degraded.kql')
  'breaker-transitions.kql': loadTextContent('../queries/breaker-transitions.kql')
  'breaker-states.kql': loadTextContent('../queries/breaker-states.kql')
  'outbox-runs.kql': loadTextContent('../queries/outbox-runs.kql')
  'audit-refused-deliveries.kql': loadTextContent('../queries/audit-refused-deliveries.kql')
  'audit-commands.kql': loadTextContent('../queries/audit-commands.kql')
  'audit-secret-versions.kql': loadTextContent('../queries/audit-secret-versions.kql')
}

var template = any(loadJsonContent('../workbook.json'))
var parts = map(
  template.items,
  part => (part.type == 3 ? union(part, { content: union(part.content, { query: '${queryPrologue}${queries[part.content.query]}' }) }) : part)
)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'breakwater-workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspaceId
    serializedData: string({
      version: template.version
      items: parts
      fallbackResourceIds: [workspaceId]
      '$schema': template['$schema']
    })
  }
}
