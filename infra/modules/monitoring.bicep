metadata description = 'Logs, telemetry and the audit trail: one workspace, and Application Insights on top, which takes nothing without a token of Microsoft Entra ID.'

param workspaceName string

@description('Empty: a workspace is made.')
param existingWorkspaceId string

param applicationInsightsName string
param location string
param tags object
param retentionDays int
param dailyQuotaGb int
param identityId string
param identityPrincipalId string

var roles = loadJsonContent('../roles.json')

// In a workspace of others, queries see only what this Application Insights took in.
var workspaceIdToUse = empty(existingWorkspaceId) ? resourceId('Microsoft.OperationalInsights/workspaces', workspaceName) : existingWorkspaceId
var tables = ['AppTraces', 'AppRequests', 'AppMetrics']
var prologue = join(
  map(tables, table => 'let ${table} = table(\'${table}\') | where _ResourceId =~ \'${applicationInsights.id}\';\n'),
  ''
)

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (empty(existingWorkspaceId)) {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    // A quota of 0 would be a quota of nothing.
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb < 1 ? -1 : dailyQuotaGb }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  dependsOn: [workspace]
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceIdToUse
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

resource publishesTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(applicationInsights.id, identityId, roles.monitoringMetricsPublisher)
  scope: applicationInsights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

output workspaceId string = workspaceIdToUse
output queryPrologue string = empty(existingWorkspaceId) ? '' : prologue
// Names where to send, and lets nobody in: local authentication is off.
output connectionString string = applicationInsights.properties.ConnectionString
